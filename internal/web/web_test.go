package web_test

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/web"
)

func noon() time.Time { return time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC) }

// every page of a source that has runs.
func paths(m *memory) []string {
	list := []string{"/", "/runs", "/runs?service=guestbook", "/ledger", "/ledger?kind=step", "/ledger?run=214", "/ledger?subject=service/", "/hosts", "/hosts?environment=staging", "/nowhere"}
	for _, r := range m.runs {
		list = append(list, fmt.Sprintf("/runs/%d", r.ID), fmt.Sprintf("/runs/%d/tests", r.ID))
		for _, s := range r.Steps {
			list = append(list, fmt.Sprintf("/runs/%d/steps/%d/log", r.ID, s.Index))
		}
	}
	for _, e := range m.status.Environments {
		list = append(list, "/environments/"+e.Name)
		for _, d := range e.Deployments {
			list = append(list, "/services/"+url.PathEscape(d.Service))
		}
	}
	for _, s := range m.hosts[:8] {
		list = append(list, hostPath(s), "/environments/"+url.PathEscape(s.Target.Environment))
	}
	for _, e := range m.events {
		list = append(list, fmt.Sprintf("/events/%d", e.Seq))
	}
	return list
}

func get(t *testing.T, src web.Source, path string) (int, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	w := httptest.NewRecorder()
	web.New(src, web.Options{Version: "0.1.0", Now: noon}).ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func contains(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("the page lacks %q:\n%s", w, page)
		}
	}
}

func TestEveryPageAnswers(t *testing.T) {
	m := busy(noon())
	for _, path := range paths(m) {
		want := http.StatusOK
		if path == "/nowhere" {
			want = http.StatusNotFound
		}
		if status, body := get(t, m, path); status != want {
			t.Errorf("%s answers %d:\n%s", path, status, body)
		}
	}
}

func TestWhatNeedsAPersonComesFirst(t *testing.T) {
	_, page := get(t, busy(noon()), "/")
	contains(t, page, "The line of guestbook is stopped", "GET /healthz answered 500 for 10 s", "Production serves", `aria-label="guestbook: `)
	if strings.Index(page, "is stopped") > strings.Index(page, "What is where") {
		t.Error("what needs a person comes after what is where")
	}
	m := busy(noon())
	m.runs, m.hosts = m.runs[:4], m.hosts[:2]
	_, page = get(t, m, "/")
	contains(t, page, "Nothing needs you.", "Both hosts are as declared.")
}

func TestAnUnhealthyReleaseAndAnUnsoundLedgerAreSaid(t *testing.T) {
	m := busy(noon())
	d := &m.status.Environments[1].Deployments[0]
	d.Healthy, d.Reason = false, "web exited 1"
	m.ledger.Sound = false
	_, page := get(t, m, "/")
	contains(t, page, "guestbook in production is unhealthy: web exited 1.", "gemba logs guestbook", "The ledger does not prove whole.")
}

func TestNothingThatWasWrittenByOthersBecomesMarkup(t *testing.T) {
	m := hostile(noon())
	for _, path := range paths(m) {
		_, page := get(t, m, path)
		if strings.Contains(page, "<script>") || strings.Contains(page, "<script>alert") {
			t.Errorf("%s has a script of others", path)
		}
	}
	_, page := get(t, m, "/runs/214")
	contains(t, page, "&lt;script&gt;")
}

func TestAPageIsUnderAHundredKilobytesInAll(t *testing.T) {
	for name, m := range map[string]*memory{"busy": busy(noon()), "hostile": hostile(noon())} {
		for i := range 5000 {
			m.print(214, 6, "out", fmt.Sprintf("%d %s", i, strings.Repeat("word ", i%40)))
		}
		for _, path := range []string{"/", "/runs", "/runs/213", "/runs/214", "/runs/215", "/runs/214/steps/6/log", "/runs/214/steps/6/log?q=word", "/services/mailer", "/environments/staging", "/ledger",
			"/hosts", hostPath(m.hosts[2]), hostPath(m.hosts[3])} {
			_, page := get(t, m, path)
			size := len(page)
			for _, file := range regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1) {
				_, asset := get(t, m, file)
				size += len(asset)
			}
			if size > 100_000 {
				t.Errorf("%s, %s: %d bytes", name, path, size)
			}
		}
	}
}

func TestALogIsPagedSearchedAndDownloaded(t *testing.T) {
	m := busy(noon())
	_, page := get(t, m, "/runs/214/steps/0/log")
	contains(t, page, `id="build-L804"`, `href="#build-L804"`, "Show earlier lines", `<span class="f6">compiling</span>`)
	earlier := regexp.MustCompile(`href="(/runs/214/steps/0/log\?before=\d+)"`).FindStringSubmatch(page)
	if earlier == nil {
		t.Fatalf("no way to earlier lines:\n%s", page)
	}
	_, page = get(t, m, earlier[1])
	later := regexp.MustCompile(`href="(/runs/214/steps/0/log\?after=\d+)"`).FindStringSubmatch(page)
	if later == nil {
		t.Fatalf("no way back to later lines:\n%s", page)
	}
	_, page = get(t, m, later[1])
	contains(t, page, `id="build-L804"`)
	_, page = get(t, m, "/runs/214/steps/0/log?at=120")
	contains(t, page, `id="build-L120"`)
	_, page = get(t, m, "/runs/214/steps/0/log?q=PART01")
	contains(t, page, "10 lines of 804 have", `?at=13#build-L13"`)
	_, page = get(t, m, "/runs/214/steps/0/log?q=nowhere")
	contains(t, page, "None of 804 lines has")
	_, text := get(t, m, "/runs/214/steps/0/log.txt")
	if lines := strings.Count(text, "\n"); lines != 804 || strings.Contains(text, "\x1b") {
		t.Errorf("%d lines:\n%s", lines, text[:200])
	}
}

func TestEveryLineOfALogIsShownOnceByItsPages(t *testing.T) {
	m := busy(noon())
	seen := map[string]int{}
	for path := "/runs/214/steps/0/log"; path != ""; {
		_, page := get(t, m, path)
		for _, id := range regexp.MustCompile(`id="build-L(\d+)"`).FindAllStringSubmatch(page, -1) {
			seen[id[1]]++
		}
		path = ""
		if next := regexp.MustCompile(`href="([^"]+)">Show earlier`).FindStringSubmatch(page); next != nil {
			path = next[1]
		}
	}
	for i := 1; i <= 804; i++ {
		if seen[fmt.Sprint(i)] != 1 {
			t.Errorf("line %d is shown %d times", i, seen[fmt.Sprint(i)])
		}
	}
}

func TestAFailedRunOpensAtItsFirstError(t *testing.T) {
	_, page := get(t, busy(noon()), "/runs/213")
	contains(t, page, `data-first-error="unit-L121"`, `<p id="unit-L121" class="at">`, "3 of 148 tests failed.")
	if strings.Index(page, "TestAnEmojiIsOneLetter") > strings.Index(page, "TestEntryIsKept/139") {
		t.Error("tests that passed come before those that failed")
	}
}

func TestTheLedgerIsFilteredAndPaged(t *testing.T) {
	m := busy(noon())
	for range 450 {
		m.tell(noon(), "probe.answered", "service/guestbook", 0, 1, "")
	}
	m.tell(noon(), "probe.failed", "service/guestbook", 0, 1, "")
	_, page := get(t, m, "/ledger?kind=step.failed")
	if rows := strings.Count(page, `<tr id="event-`); rows != 2 {
		t.Errorf("%d events of kind step.failed, want those of runs 213 and 214", rows)
	}
	seen := 0
	for path := "/ledger?subject=service/guestbook"; path != ""; {
		_, page := get(t, m, path)
		seen += strings.Count(page, `<tr id="event-`)
		path = ""
		if next := regexp.MustCompile(`href="([^"]+)">Older`).FindStringSubmatch(page); next != nil {
			path = html.UnescapeString(next[1])
		}
	}
	want := 0
	for _, e := range m.events {
		if e.Subject == "service/guestbook" {
			want++
		}
	}
	if seen != want {
		t.Errorf("paging shows %d events of %d", seen, want)
	}
	_, page = get(t, m, "/ledger?kind=nothing")
	contains(t, page, "No event matches.")
}

func TestAnEventLeadsToItsCauseAndItsEffects(t *testing.T) {
	_, page := get(t, busy(noon()), "/events/46")
	contains(t, page, "Led to", `href="/events/47"`, `href="/runs/214"`, `href="/services/guestbook"`, "sealed")
	_, page = get(t, busy(noon()), "/events/47")
	contains(t, page, "Because of", `href="/events/46"`)
}

func TestEmptyPagesTeachTheCommandThatFillsThem(t *testing.T) {
	for path, command := range map[string]string{"/": "gemba init", "/runs": "gemba ship", "/hosts": "gemba plan", "/ledger": "gemba ship"} {
		status, page := get(t, newMemory(), path)
		if status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
		contains(t, page, command)
	}
}

func TestWhatIsNotThereIsSaidWithWhatIs(t *testing.T) {
	m := busy(noon())
	for path, want := range map[string]string{
		"/runs/999": "There is no run 999", "/runs/x": "It is named by a number.", "/services/gestbook": "The services are guestbook, mailer and website.",
		"/environments/qa": "The environments are staging and production.", "/hosts/web-99": "The hosts are db-1, web-1, web-2, web-10, worker-1 and 15 others.", "/hosts/qa/web-1": "web-1 in qa", "/events/9999": "There is no event 9999", "/runs/214/steps/99/log": "has no step 99", "/nowhere": "There is no page",
	} {
		status, page := get(t, m, path)
		if status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
		contains(t, page, want, `href="/ledger"`)
	}
}

func TestAFailingSourceIsSaidInWords(t *testing.T) {
	m := busy(noon())
	m.failure = gemba.Fail(gemba.Unavailable, "The state cannot be read", "disk I/O error", "gemba doctor")
	for _, path := range []string{"/", "/runs", "/runs/214", "/hosts", "/hosts/web-1", "/hosts/production/web-1", "/ledger", "/events/1", "/services/guestbook", "/environments/staging"} {
		status, page := get(t, m, path)
		if status != http.StatusServiceUnavailable {
			t.Errorf("%s answers %d", path, status)
		}
		contains(t, page, "The state cannot be read", "disk I/O error", "gemba doctor")
	}
}

func TestChangesAreToldAsServerSentEvents(t *testing.T) {
	m := busy(noon())
	server := httptest.NewServer(web.New(m, web.Options{}))
	defer server.Close()
	answer, err := http.Get(server.URL + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("kind %q", kind)
	}
	lines := bufio.NewScanner(answer.Body)
	for _, want := range []string{"event: hello", "event: change"} {
		for lines.Scan() && lines.Text() != want {
		}
		if lines.Text() != want {
			t.Fatalf("the stream ended before %q", want)
		}
		m.change(func() {})
	}
}
