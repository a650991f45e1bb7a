package view

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gemba"
)

func placed(env string, healthy bool, at time.Time) gemba.Deployment {
	d := gemba.Deployment{
		Environment: env, Service: "guestbook", Release: "77b0e13c5a1f0f3a6a7f1f2e3d4c4f2a91c0d3b86f7a2f0f5a1f0f3a6a7f1f2e",
		Artifact: "sha256:9c1e07aa31d5b0c9f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708",
		Commit:   begin(noon).run.Commit, Run: 214, Since: at, Address: "http://127.0.0.1:4080", Healthy: healthy,
		Processes: []gemba.ProcessStatus{
			{Name: "web", Kind: gemba.Web, State: "running", PID: 4711, Port: 41307, Since: at},
			{Name: "mail", Kind: gemba.Worker, State: "restarting", Since: at, Restarts: 7, LastExit: "code 1 after 0.4 s: no such table: colour"},
			{Name: "nightly", Kind: gemba.Schedule, State: "scheduled", Next: noon.Add(9 * time.Hour)},
		},
	}
	if healthy {
		d.Watch = &gemba.Watch{Since: at, Probes: 402, Uptime: 0.99999, P99: gemba.Duration(3400 * time.Microsecond)}
	} else {
		d.Reason = "GET /healthz answered 500"
	}
	return d
}

func statusWith(deployments ...gemba.Deployment) gemba.Status {
	s := gemba.Status{Server: gemba.Server{
		Version: "0.1.0", PID: 4242, Since: noon.Add(-26 * time.Hour), StateDir: "/home/ana/guestbook/.gemba",
		Dashboard: "http://127.0.0.1:4646", Isolation: "whole",
	}}
	for _, d := range deployments {
		s.Environments = append(s.Environments, gemba.EnvironmentStatus{Name: d.Environment, Deployments: []gemba.Deployment{d}})
	}
	return s
}

func TestStatus(t *testing.T) {
	calm := statusWith(placed("staging", true, noon.Add(-5*time.Minute)), placed("production", true, noon.Add(-4*time.Minute)))
	sick := statusWith(placed("staging", true, noon.Add(-5*time.Minute)), placed("production", false, noon.Add(-50*time.Hour)))
	stopped := placed("preview-of-the-warmer-greeting", true, noon.Add(-time.Hour))
	stopped.Stopped = true
	sick.Environments = append(sick.Environments, gemba.EnvironmentStatus{Name: stopped.Environment, Deployments: []gemba.Deployment{stopped}})
	running := begin(noon.Add(-14*time.Second), defaultSteps()...)
	running.start(0)
	waiting := begin(noon.Add(-4*time.Second), defaultSteps()...).run
	waiting.ID, waiting.State, waiting.WaitsFor = 215, gemba.Running, 214
	sick.Runs = []gemba.Run{waiting, running.run, tellPutBack(noon.Add(-time.Hour)).final()}
	drifted, kept := statusWith(placed("production", true, noon.Add(-4*time.Minute))), statusWith()
	drifted.Hosts, kept.Hosts = fleet(), fleet()[:2]
	for name, c := range map[string]struct {
		status gemba.Status
		o      StatusOptions
	}{
		"hosts": {drifted, StatusOptions{}}, "hosts-calm": {kept, StatusOptions{}},
		"calm": {calm, StatusOptions{}}, "sick": {sick, StatusOptions{}}, "verbose": {sick, StatusOptions{Verbose: true}},
		"nothing": {statusWith(), StatusOptions{}},
		"line":    {calm, StatusOptions{Line: func(service string, width int) string { return service + "  o build - o production\n" }}},
	} {
		shows(t, "status/"+name, func(t *testing.T, on Terminal) string {
			return rendered(t, func(b *strings.Builder) error { return Status(b, on, c.status, noon, c.o) })
		})
	}
}

func rendered(t *testing.T, render func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHistories(t *testing.T) {
	before := placed("production", true, noon.Add(-49*time.Hour))
	before.Release, before.Run = "4f2a91c0d3b86f7a", 213
	releases := []gemba.Deployment{placed("production", true, noon.Add(-4*time.Minute)), before}
	var runs []gemba.Run
	for i, name := range []string{"detached", "shipped", "put-back", "build-failed", "cancelled", "unchanged"} {
		run := stories()[name](noon.Add(-time.Duration(i*i+1) * time.Hour)).final()
		run.ID -= int64(i)
		runs = append(runs, run)
	}
	events := []gemba.Event{
		{Seq: 1, Time: noon, Actor: "uid:1000(ana)", Kind: "run.accepted", Subject: "service/guestbook", Run: 214,
			Data: json.RawMessage(`{"commit":"4f2a91c","left_out":["notes.txt"], "budget":"5m0s"}`)},
		{Seq: 2, Time: noon.Add(31 * time.Second), Actor: "gemba", Kind: "step.succeeded", Subject: "service/guestbook", Run: 214, Cause: 1,
			Data: json.RawMessage(`{"step":"build"}`)},
		{Seq: 3, Time: noon.Add(40 * time.Second), Actor: "gemba", Kind: "server.started", Subject: "server"},
	}
	whole := LedgerReport{Events: 1204, Sealed: 1200, Head: "uPx3rQ0=", Signed: noon, Copy: "/home/ana/.local/state/gemba/heads"}
	broken := LedgerReport{Events: 1204, Sealed: 1204, Faults: []string{
		"Event 17 was changed: its bytes do not have the hash that the tree has for it.",
		"The last 10 events are cut off: a head was signed over 1,214 events on 2026-03-14.",
	}}
	for name, render := range map[string]func(b *strings.Builder, on Terminal) error{
		"releases":       func(b *strings.Builder, on Terminal) error { return Releases(b, on, releases, noon) },
		"releases-none":  func(b *strings.Builder, on Terminal) error { return Releases(b, on, nil, noon) },
		"runs":           func(b *strings.Builder, on Terminal) error { return Runs(b, on, runs, noon) },
		"ledger":         func(b *strings.Builder, on Terminal) error { return Ledger(b, on, events) },
		"ledger-whole":   func(b *strings.Builder, on Terminal) error { return WriteLedgerReport(b, on, whole) },
		"ledger-changed": func(b *strings.Builder, on Terminal) error { return WriteLedgerReport(b, on, broken) },
	} {
		shows(t, "history/"+name, func(t *testing.T, on Terminal) string {
			return rendered(t, func(b *strings.Builder) error { return render(b, on) })
		})
	}
}

func TestJSONKeepsWhatWasWritten(t *testing.T) {
	var whole, line strings.Builder
	value := gemba.LogLine{Time: noon, Stream: "out", Text: "a < b && \x1b[31mred\x1b[0m"}
	if err := errors.Join(JSON(&whole, value), JSONLine(&line, value)); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{whole.String(), line.String()} {
		var got gemba.LogLine
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != value || !strings.Contains(text, "a < b && ") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if strings.Count(line.String(), "\n") != 1 || strings.Count(whole.String(), "\n") < 3 {
		t.Errorf("%q is not a line, or %q not indented", line.String(), whole.String())
	}
}

func TestLogs(t *testing.T) {
	lines := []gemba.LogLine{
		{Time: noon.Add(-24 * time.Hour), Source: "web", Stream: "out", Text: "listening on 127.0.0.1:41307"},
		{Time: noon.Add(time.Second), Source: "web", Stream: "err", Text: "\x1b[31mno such table\x1b[0m: colour\x1b[2J\x1b]0;title\x07"},
		{Time: noon.Add(2 * time.Second), Source: "nightly", Stream: "out", Text: "10%\r50%\r100%"},
		{Time: noon.Add(3 * time.Second), Stream: "gemba", Text: "the log stops here: 16 MB are reached"},
	}
	for window, on := range windows() {
		t.Run(window, func(t *testing.T) {
			golden(t, "logs/"+window, rendered(t, func(b *strings.Builder) error {
				for _, l := range lines {
					if err := Log(b, on, l, noon); err != nil {
						return err
					}
				}
				return nil
			}))
		})
	}
}

func TestDiagnostics(t *testing.T) {
	all := []Diagnostic{
		{Severity: "error", File: "gemba.hcl", Line: 14, Column: 3, EndColumn: 9, Source: `  proces "web" {`,
			Summary: `"proces" is not known here`, Detail: "A service has build, test, process and data.", Remedy: `did you mean "process"?`},
		{Severity: "error", File: "gemba.hcl", Line: 21, Column: 14, EndColumn: 20, Source: "\tname\t= \"名前 " + "\" + grüße_${X}", Summary: "unknown variable X",
			Remedy: "write $${X} to keep it for the script"},
		{Severity: "error", File: "environments/production-of-the-north.hcl", Line: 108, Column: 121, EndColumn: 131,
			Source:  "    command = \"" + strings.Repeat("./out/guestbook --listen ", 4) + "\" + secret.pasword + \" " + strings.Repeat("--more ", 9) + `"`,
			Summary: `there is no secret "pasword"`, Remedy: `did you mean secret.password?`},
		{Severity: Warning, File: "gemba.hcl", Line: 3, Column: 12, Source: `  budget = "1h"`, Summary: "a budget of 1 h is more than a coffee takes"},
		{Severity: "error", File: "other.hcl", Summary: "the file is empty"},
	}
	shows(t, "diagnostics/many", func(t *testing.T, on Terminal) string {
		return rendered(t, func(b *strings.Builder) error { return Diagnostics(b, on, all) })
	})
	shows(t, "diagnostics/none", func(t *testing.T, on Terminal) string {
		return rendered(t, func(b *strings.Builder) error { return Diagnostics(b, on, nil) })
	})
}

func TestErrors(t *testing.T) {
	for name, err := range map[string]error{
		"whole": gemba.Fail(gemba.Unavailable, "the server does not answer", "connect /run/user/1000/gemba/a1b2.sock: connection refused", "gemba doctor"),
		"wrapped": fmt.Errorf("ship: %w", &gemba.Error{Code: gemba.Internal, What: "cannot keep the run",
			Err: errors.New("disk full"), Try: "free some space\nthen gemba ship: it goes on where it stopped"}),
		"bare":   errors.New("unknown flag: --colour"),
		"joined": errors.Join(errors.New("first"), gemba.Fail(gemba.Invalid, "second", "because", "")),
	} {
		shows(t, "error/"+name, func(t *testing.T, on Terminal) string {
			return rendered(t, func(b *strings.Builder) error { return Error(b, on, err) })
		})
	}
	if got := ExitOfError(fmt.Errorf("check: %w", gemba.Fail(gemba.Invalid, "x", "", ""))).Code; got != ExitInvalid {
		t.Errorf("a wrong declaration exits %d", got)
	}
}

func TestFindings(t *testing.T) {
	found := []Finding{
		{Name: "programs", State: Good, Says: "gemba 0.1.0, all four in /usr/lib/gemba"},
		{Name: "git", State: Bad, Says: "not installed; needed because builds start from commits", Try: "apt-get install git"},
		{Name: "isolation", State: Noted, Says: "builds can reach what their user can: this machine does not allow user namespaces (kernel.unprivileged_userns_clone is 0)",
			Try: "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or run the server as root"},
	}
	shows(t, "findings", func(t *testing.T, on Terminal) string {
		return rendered(t, func(b *strings.Builder) error { return Findings(b, on, found) })
	})
}
