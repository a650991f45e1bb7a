package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"gemba"
)

func anOpenRunChangesInPlace(t *testing.T, b *browser) {
	m := busy(time.Now())
	tb := b.open(t, m)
	tb.visit("/runs/215")
	tb.eventually(`document.getElementById("live").textContent === "live"`)
	tb.do(chromedp.Evaluate[chromedp.Void](`void (window.stays = true, document.querySelector("#step-build summary").focus())`))
	m.print(215, 1, "out", "a line that was printed later", "<script>alert(2)</script>")
	tb.eventually(`document.getElementById("log-unit").textContent.includes("a line that was printed later")`)
	m.change(func() {
		r := &m.runs[len(m.runs)-1]
		r.Steps[1].State, r.Steps[1].Finished, r.Steps[1].Message = gemba.Succeeded, time.Now(), "31 passed"
		r.Steps[2].State, r.Steps[2].Started, r.Steps[2].Attempt = gemba.Running, time.Now(), 1
	})
	m.print(215, 2, "out", "migrating")
	tb.eventually(`document.querySelector("#step-unit .badge").className === "badge good"`)
	tb.eventually(`document.querySelector("#step-unit .said").textContent.includes("31 passed")`)
	tb.eventually(`document.getElementById("step-staging-migrate").open && document.getElementById("log-staging-migrate").textContent.includes("migrating")`)
	for name, script := range map[string]string{
		"the page was not loaded anew":        `window.stays === true`,
		"the focus stays":                     `document.activeElement === document.querySelector("#step-build summary")`,
		"a log keeps its lines":               `document.getElementById("log-unit").textContent.includes("a mail is sent once")`,
		"no line is there twice":              `document.querySelectorAll("#log-unit p").length === 5`,
		"a folded step can be opened":         `(document.querySelector("#step-build").open = true)`,
		"the line says where the commit is":   `document.querySelector("svg.line").getAttribute("aria-label").includes("is at staging")`,
		"there is no script of somebody else": `document.querySelectorAll("script:not([src])").length === 0`,
	} {
		if !evaluate[bool](tb, script) {
			t.Errorf("not so: %s", name)
		}
	}
	tb.eventually(`document.querySelectorAll("#log-build p").length > 40`)
	tb.photograph("live-run")
}

func aNewRunAppearsOnTheOverview(t *testing.T, b *browser) {
	m := busy(time.Now())
	tb := b.open(t, m)
	tb.visit("/")
	tb.eventually(`document.getElementById("live").textContent === "live"`)
	m.change(func() {
		m.runs = append(m.runs, gemba.Run{ID: 216, Service: "website", Commit: change("Closed on Monday", "Ana", time.Now()), State: gemba.Pending, Created: time.Now(), Steps: stepsOf(216, time.Now())})
	})
	tb.eventually(`document.querySelector(".runs tbody tr").id === "run-216"`)
	if twice := evaluate[int](tb, `document.querySelectorAll(".runs tbody tr").length`); twice != 5 {
		t.Errorf("%d rows", twice)
	}
}

func aHostThatDriftsChangesInPlace(t *testing.T, b *browser) {
	m := busy(time.Now())
	tb := b.open(t, m)
	tb.visit("/hosts")
	tb.eventually(`document.getElementById("live").textContent === "live"`)
	row := `document.getElementById("hosts/production/web-1")`
	tb.do(chromedp.Evaluate[chromedp.Void](`void (window.stays = true, window.row = ` + row + `, window.row.querySelector("a").focus())`))
	m.change(func() { m.hosts[1].Changes, m.hosts[1].Since = drifted()[:2], time.Now() })
	tb.eventually(row + `.querySelector(".badge").className === "badge warn"`)
	tb.eventually(row + `.textContent.includes("2 changes, first seen just now")`)
	if !evaluate[bool](tb, `window.stays && window.row === `+row+` && document.activeElement === window.row.querySelector("a")`) {
		t.Error("the row was made anew")
	}
	tb.visit("/hosts/production/web-1")
	tb.eventually(`document.getElementById("live").textContent === "live"`)
	tb.do(chromedp.Evaluate[chromedp.Void](`void (document.getElementById("change-file.-etc-guestbook-env").open = false)`))
	m.change(func() { m.hosts[1].Changes = drifted() })
	tb.eventually(`document.getElementById("change-service.nginx") !== null`)
	if evaluate[bool](tb, `document.getElementById("change-file.-etc-guestbook-env").open`) {
		t.Error("what was folded is open again")
	}
	m.change(func() { m.hosts[1].Changes = nil })
	tb.eventually(`document.querySelector("[data-live=changes]") === null && document.querySelector("[data-live=head] .sign").textContent === "●"`)
}

func aFailedRunScrollsItsLogToTheFirstError(t *testing.T, b *browser) {
	tb := b.open(t, busy(time.Now()))
	tb.visit("/runs/213")
	tb.eventually(`(() => { const p = document.getElementById("unit-L121").getBoundingClientRect(), l = document.getElementById("log-unit").getBoundingClientRect(); return p.top >= l.top && p.bottom <= l.bottom; })()`)
	tb.visit("/runs/214#build-L2")
	tb.eventually(`location.pathname.endsWith("/steps/0/log") && document.getElementById("build-L2").getBoundingClientRect().top < innerHeight`)
}

func earlierLinesComeWithoutLeavingTheRun(t *testing.T, b *browser) {
	m := busy(time.Now())
	tb := b.open(t, m)
	tb.visit("/runs/214")
	tb.do(chromedp.Evaluate[chromedp.Void](`void (document.querySelector("#step-build").open = true)`))
	tb.eventually(`document.querySelector("#log-build .earlier") !== null`)
	for range 5 {
		if evaluate[bool](tb, `document.getElementById("build-L1") !== null`) {
			break
		}
		shown := evaluate[int](tb, `document.querySelectorAll("#log-build p").length`)
		tb.do(chromedp.Evaluate[chromedp.Void](`void document.querySelector("#log-build .earlier").click()`))
		tb.eventually(fmt.Sprintf(`document.querySelectorAll("#log-build p").length > %d`, shown))
	}
	if lines := evaluate[int](tb, `document.querySelectorAll("#log-build p").length`); lines != 804 {
		t.Errorf("%d lines, want 804", lines)
	}
}

func thePagesAreWholeWithoutJavaScript(t *testing.T, b *browser) {
	tb := b.open(t, busy(time.Now()))
	if _, err := chromedp.Call(tb.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	for path, wants := range map[string][]string{
		"/":                              {"is stopped", "What is where", "99.9 %"},
		"/runs/213":                      {"TestAnEmojiIsOneLetter", "name of 3 letters has length 12", "3 of 148 failed"},
		"/runs/214/steps/0/log?q=part01": {"10 lines of 804 have"},
		"/hosts":                         {"1 of 20 hosts differs from what is declared", "6 changes, first seen", "no answer within 10 s"},
		"/hosts/production/web-2":        {"client_max_body_size 900m;", "gemba apply web-2", "profiles/web.hcl:31"},
		"/ledger":                        {"run.accepted", "Last verified"},
	} {
		tb.visit(path)
		text, err := chromedp.Run(tb.ctx, chromedp.Text(chromedp.CSS("main")))
		if err != nil {
			t.Fatal(err)
		}
		contains(t, text, wants...)
	}
}

func theKeyboardReachesEverythingInOrder(t *testing.T, b *browser) {
	tb := b.open(t, busy(time.Now()))
	tb.visit("/runs/214")
	var order []string
	for range 7 {
		tb.do(chromedp.KeyEvent("\t"))
		order = append(order, evaluate[string](tb, `document.activeElement.textContent.trim()`))
		if !evaluate[bool](tb, `getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
			t.Errorf("the focus on %q is not visible", order[len(order)-1])
		}
	}
	if want := "[Skip to the content Gemba Overview Runs Hosts Ledger Runs]"; fmt.Sprint(order) != want {
		t.Errorf("the order is %v, want %s", order, want)
	}
	tb.visit("/hosts/production/web-2")
	tb.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"))
	tb.eventually(`!document.activeElement.parentElement.open && document.activeElement.parentElement.id === "change-file.-etc-guestbook-env"`)
	tb.visit("/runs")
	tb.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"), chromedp.KeyEvent("k"))
	if row := evaluate[string](tb, `document.activeElement.closest("tr").id`); row != "run-215" {
		t.Errorf("j, j, k leads to %q", row)
	}
}
