package web_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"gemba/internal/web"
)

// browser is one headless Chromium for all tests of a run.
type browser struct {
	ctx context.Context
}

// newBrowser starts Chromium, with nobody's profile. Where it is not installed the test is skipped, unless GEMBA_REQUIRE_BROWSER is set.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("GEMBA_REQUIRE_BROWSER") != "" {
			t.Fatal("chromium is not installed, and GEMBA_REQUIRE_BROWSER asks for it")
		}
		t.Skip("NOT TESTED IN A BROWSER: chromium is not installed (apt install chromium)")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("force-prefers-reduced-motion", true), chromedp.Flag("hide-scrollbars", true),
	}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() { stop(); cancel() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return &browser{ctx}
}

// tab is an open page; what goes wrong in it fails its test.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
}

// open makes a tab for a dashboard over src, let in by the door.
func (b *browser) open(t *testing.T, src web.Source) *tab {
	t.Helper()
	door := web.NewDoor([]byte("a secret of thirty-two bytes 123"), nil)
	server := httptest.NewServer(door.Wrap(web.New(src, web.Options{Version: "0.1.0"})))
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(func() { cancel(); server.CloseClientConnections(); server.Close() })
	tb := &tab{t: t, ctx: ctx, base: server.URL}
	tb.watch()
	tb.do(chromedp.Navigate(door.Link(server.URL)))
	return tb
}

// watch fails the test for everything that the page complains about: exceptions, the console, what the content security policy refused.
func (b *tab) watch() {
	var mu sync.Mutex
	err := chromedp.Listen(b.ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.t.Errorf("exception in the page: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" || e.Type == "warning" {
				b.t.Errorf("console: %v", e.Args)
			}
		case *log.EventEntryAdded:
			if e.Entry.Source != "network" { // a status of 404 is what the page at /nowhere is for
				b.t.Errorf("browser: %s %s", e.Entry.Source, e.Entry.Text)
			}
		case *page.EventJavascriptDialogOpening:
			b.t.Errorf("a script that was only text has run: %s", e.Message)
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, log.Enable, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// look sets theme and width, as a phone or a desk has them.
func (b *tab) look(theme string, width int64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(width, 900))
}

func evaluate[T any](b *tab, script string) T {
	b.t.Helper()
	result, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

// eventually waits for an expression to be true in the page.
func (b *tab) eventually(script string) {
	b.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !evaluate[bool](b, script) {
		if time.Now().After(deadline) {
			b.t.Fatalf("never became true: %s\n%s", script, evaluate[string](b, "document.body.innerText"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (b *tab) photograph(name string) {
	b.t.Helper()
	dir := os.Getenv("GEMBA_SCREENSHOTS")
	if dir == "" {
		return // nobody looks at them; making them takes a minute
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// views are the pages that are looked at, by name.
func views() map[string]string {
	return map[string]string{
		"overview": "/", "runs": "/runs", "run-put-back": "/runs/214", "run-tests-failed": "/runs/213", "run-live": "/runs/215",
		"log": "/runs/214/steps/0/log", "search": "/runs/214/steps/0/log?q=part01", "tests": "/runs/213/tests", "service": "/services/mailer",
		"environment": "/environments/staging", "ledger": "/ledger", "event": "/events/3", "lost": "/nowhere",
		"hosts": "/hosts", "host-differs": "/hosts/production/web-2", "host-silent": "/hosts/production/db-1", "host-new": "/hosts/staging/here", "host-calm": "/hosts/staging/web-3",
	}
}

// TestInABrowser does in one Chromium all that needs one.
func TestInABrowser(t *testing.T) {
	b := newBrowser(t)
	for name, test := range map[string]func(*testing.T, *browser){
		"PagesLookRightEverywhere":               pagesLookRightEverywhere,
		"AnOpenRunChangesInPlace":                anOpenRunChangesInPlace,
		"ANewRunAppearsOnTheOverview":            aNewRunAppearsOnTheOverview,
		"AHostThatDriftsChangesInPlace":          aHostThatDriftsChangesInPlace,
		"AFailedRunScrollsItsLogToTheFirstError": aFailedRunScrollsItsLogToTheFirstError,
		"EarlierLinesComeWithoutLeavingTheRun":   earlierLinesComeWithoutLeavingTheRun,
		"ThePagesAreWholeWithoutJavaScript":      thePagesAreWholeWithoutJavaScript,
		"TheKeyboardReachesEverythingInOrder":    theKeyboardReachesEverythingInOrder,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// longViews are the views of a memory whose hosts have other names.
func longViews(m *memory) map[string]string {
	all := views()
	for i, name := range map[int]string{2: "host-differs", 3: "host-silent", 4: "host-new"} {
		all[name] = hostPath(m.hosts[i])
	}
	return all
}

func pagesLookRightEverywhere(t *testing.T, b *browser) {
	now := time.Now()
	empty := newMemory()
	long := hostile(now)
	declared := newMemory()
	declared.status.Environments = busy(now).status.Environments
	for i := range declared.status.Environments {
		declared.status.Environments[i].Deployments = nil
	}
	only := newMemory() // servers without a service, all as they are to be
	only.hosts = busy(now).hosts[:2]
	for _, scene := range []struct {
		name  string
		src   *memory
		views map[string]string
	}{
		{"busy", busy(now), views()},
		{"long", long, longViews(long)},
		{"empty", empty, map[string]string{"overview": "/", "runs": "/runs", "hosts": "/hosts", "ledger": "/ledger"}},
		{"servers", only, map[string]string{"overview": "/", "hosts": "/hosts", "environment": "/environments/production"}},
		{"declared", declared, map[string]string{"overview": "/", "environment": "/environments/staging"}},
	} {
		t.Run(scene.name, func(t *testing.T) {
			tb := b.open(t, scene.src)
			for name, path := range scene.views {
				tb.visit(path)
				for _, as := range []struct {
					name, theme string
					width       int64
				}{{"light", "light", 1280}, {"dark", "dark", 1280}, {"phone", "light", 360}} {
					tb.look(as.theme, as.width)
					where := fmt.Sprintf("%s-%s-%s", scene.name, name, as.name)
					if wide := evaluate[int](tb, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
						t.Errorf("%s scrolls sideways by %d px: %s", where, wide, evaluate[string](tb, overflowing))
					}
					for _, complaint := range evaluate[[]string](tb, audit) {
						t.Errorf("%s: %s", where, complaint)
					}
					tb.photograph(where)
				}
			}
		})
	}
}

// overflowing names the elements that are wider than the page.
const overflowing = `[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".log,.output,svg,thead"))
	.slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join(" | ")`

// audit looks for what keeps people out: inputs without labels, headings out of order, links and buttons
// without a name, ids that are there twice, text that does not stand out from its ground.
const audit = `(() => {
	const said = [];
	const shown = e => e.checkVisibility() && e.getBoundingClientRect().width > 1;
	for (const e of document.querySelectorAll("input")) if (!e.labels?.length) said.push("input without a label: " + e.outerHTML);
	let level = 0;
	for (const e of document.querySelectorAll("h1,h2,h3,h4")) {
		const n = +e.nodeName[1];
		if (n > level + 1) said.push("heading " + n + " after " + level + ": " + e.textContent);
		level = n;
	}
	if (document.querySelectorAll("h1").length !== 1) said.push("not one h1");
	for (const e of document.querySelectorAll("a,button")) if (shown(e) && !(e.textContent.trim() || e.getAttribute("aria-label"))) said.push("without a name: " + e.outerHTML);
	const ids = new Set();
	for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) said.push("twice: #" + e.id); ids.add(e.id); }
	for (const e of document.querySelectorAll("script:not([src]),[onclick],[style]")) if (!e.closest("svg")) said.push("inline: " + e.outerHTML.slice(0, 100));
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgb = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; } return rgb("Canvas"); };
	const seen = new Set();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walker.nextNode();) {
		const e = n.parentElement;
		if (!n.nodeValue.trim() || !shown(e)) continue;
		const style = getComputedStyle(e), svg = e.closest("svg");
		const key = style.color + style.fill + (svg ? "svg" : "") + ground(e);
		if (seen.has(key)) continue;
		seen.add(key);
		const [a, b] = [light(rgb(svg ? style.fill : style.color)), light(ground(e))];
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (contrast < 4.5) said.push("contrast " + contrast.toFixed(2) + " of " + (svg ? style.fill : style.color) + " on " + ground(e) + ": " + n.nodeValue.trim().slice(0, 40));
	}
	return said;
})()`
