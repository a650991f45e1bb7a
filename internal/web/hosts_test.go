package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gemba"
	"gemba/internal/web"
)

func hostPath(s gemba.HostState) string {
	return "/hosts/" + url.PathEscape(s.Target.Environment) + "/" + url.PathEscape(s.Target.Host.Name)
}

func TestTheHostsAnswerWhetherSomethingNeedsAPerson(t *testing.T) {
	m := busy(noon())
	_, page := get(t, m, "/hosts")
	contains(t, page, "1 of 20 hosts differs from what is declared; 1 does not answer; 1 was never applied.", "gemba apply web-2 here",
		"no answer within 10 s", "this machine", `href="/environments/staging"`, `href="/ledger?kind=host.applied&amp;subject=host%2Fweb-2"`)
	if strings.Index(page, `id="hosts/production/web-2"`) > strings.Index(page, `id="hosts/production/web-10"`) {
		t.Error("web-10 comes before web-2")
	}
	m.hosts = m.hosts[:2]
	_, page = get(t, m, "/hosts")
	contains(t, page, "Both hosts are as declared.", `<li class="good">`)
}

func TestAHostSaysWhatDiffersAndWhatPutsItRight(t *testing.T) {
	_, page := get(t, busy(noon()), "/hosts/production/web-2")
	contains(t, page, "web-2 differs from what is declared, first seen", "6 changes would put it right", `data-copy="gemba apply web-2"`,
		"profiles/web.hcl:31", "<del>0666</del>", "<ins>0644</ins>", "holds a secret", `# quick fix, ask Jonas\r`, "because of file./etc/nginx/nginx.conf",
		"not certain: it is not known whether the table exists", "host.drifted", `<a href="/ledger?subject=host/web-2">`,
		`<p class="del"><span class="hidden">on the host: </span><span class="mark" aria-hidden="true">−</span>    client_max_body_size 900m;</p>`)
	if strings.Contains(page, "host/db-1") {
		t.Error("it has the events of another host")
	}
	_, page = get(t, busy(noon()), "/hosts/production/db-1")
	contains(t, page, "db-1 does not answer: connecting to 10.0.4.9 port 22: no answer within 10 s.", "gemba drift db-1", "root@10.0.4.9:2222 through gate.example.org")
	_, page = get(t, busy(noon()), "/hosts/staging/here")
	contains(t, page, "here was never applied: 1 change would bring it to what is declared", "gemba apply here")
}

func TestWhatIsWrongWithHostsIsOnTheOverview(t *testing.T) {
	m := busy(noon())
	_, page := get(t, m, "/")
	contains(t, page, "Host db-1 in production does not answer: connecting to", "Host web-2 in production differs from what is declared: 6 changes.", "gemba apply web-2")
	for i := range 8 {
		m.hosts[i].Error = "no route to host"
	}
	_, page = get(t, m, "/")
	contains(t, page, `<a href="/hosts">8 hosts do not answer: db-1, web-1, web-2, web-10, worker-1 and 3 others.</a>`)
}

func TestANameThatAShellWouldReadOtherwiseIsInNoCommand(t *testing.T) {
	m := busy(noon())
	m.hosts[2].Target.Host.Name = "x; rm -rf ~"
	for _, path := range []string{"/", "/hosts", hostPath(m.hosts[2])} {
		_, page := get(t, m, path)
		if strings.Contains(page, "apply x;") {
			t.Errorf("%s offers to paste it", path)
		}
	}
}

func TestOfManyHostsThoseAreShownThatNeedSomebody(t *testing.T) {
	m := newMemory()
	for i := range 300 {
		s := hostState(noon(), "production", fmt.Sprintf("web-%d", i), "web", "10.0.0.1")
		if i >= 290 {
			s.Changes = drifted()[:1]
		}
		m.hosts = append(m.hosts, s)
	}
	_, page := get(t, m, "/hosts")
	if rows := strings.Count(page, `<tr id="hosts/`); rows != 80 {
		t.Errorf("%d rows", rows)
	}
	contains(t, page, "10 of 300 hosts differ", `id="hosts/production/web-299"`, `id="hosts/production/web-69"`, "220 more hosts", `href="/hosts?environment=production"`)
	_, page = get(t, m, "/hosts?environment=production")
	if rows := strings.Count(page, `<tr id="hosts/`); rows != 300 {
		t.Errorf("%d rows of one environment", rows)
	}
}

func TestTheSubjectOfAnEventLeadsToItsHost(t *testing.T) {
	m := busy(noon())
	at := func(path string) *http.Response {
		w := httptest.NewRecorder()
		web.New(m, web.Options{Now: noon}).ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Result()
	}
	_, page := get(t, m, "/ledger?kind=host")
	contains(t, page, `href="/hosts/web-2"`)
	if to := at("/hosts/web-2").Header.Get("Location"); to != "/hosts/production/web-2" {
		t.Errorf("it leads to %q", to)
	}
	m.hosts[5].Target.Host.Name = "web-2" // of another repository
	_, page = get(t, m, "/hosts/web-2")
	contains(t, page, `href="/hosts/production/web-2"`, `href="/hosts/staging/web-2"`)
}

func TestAnEnvironmentHasItsHosts(t *testing.T) {
	m := busy(noon())
	_, page := get(t, m, "/environments/production")
	contains(t, page, `href="/hosts/production/web-1"`, "guestbook")
	m.status.Environments = nil
	_, page = get(t, m, "/environments/staging")
	contains(t, page, `href="/hosts/staging/here"`)
}
