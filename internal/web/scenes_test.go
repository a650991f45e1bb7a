package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	"gemba"
	"gemba/internal/web"
)

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func change(subject, author string, at time.Time) gemba.Commit {
	return gemba.Commit{Hash: digestOf(subject)[:40], Subject: subject, Author: author, Time: at, Added: 12, Removed: 3}
}

// stepsOf lays out a pipeline with two stages; states are given in order, the rest is to do.
func stepsOf(run int64, start time.Time, states ...gemba.State) []gemba.Step {
	plan := []gemba.Step{
		{Kind: gemba.StepBuild, Name: "build"}, {Kind: gemba.StepTest, Name: "unit"},
		{Kind: gemba.StepTask, Name: "migrate", Stage: "staging", Once: true}, {Kind: gemba.StepDeploy, Name: "deploy", Stage: "staging"},
		{Kind: gemba.StepVerify, Name: "smoke", Stage: "staging"},
		{Kind: gemba.StepTask, Name: "migrate", Stage: "production", Once: true}, {Kind: gemba.StepDeploy, Name: "deploy", Stage: "production"},
		{Kind: gemba.StepVerify, Name: "smoke", Stage: "production"},
	}
	said := []string{"out/guestbook, 8.4 MB", "148 passed", "2 migrations", "healthy after 0.3 s", "3 of 3", "2 migrations", "healthy after 0.4 s", "3 of 3"}
	lasts := []time.Duration{31, 12, 1, 2, 1, 1, 2, 1}
	for i := range plan {
		s := &plan[i]
		s.Run, s.Index, s.State = run, i, gemba.Pending
		if i >= len(states) {
			continue
		}
		s.State = states[i]
		if s.State == gemba.Left || s.State == gemba.Pending {
			continue
		}
		s.Attempt, s.Started = 1, start
		start = start.Add(lasts[i]*time.Second + 180*time.Millisecond)
		if s.State.Over() {
			s.Finished = start
		}
		if s.State.Good() {
			s.Message = said[i]
		}
	}
	return plan
}

func watch(now time.Time, p50, p99 time.Duration, bad ...int) *gemba.Watch {
	w := &gemba.Watch{Since: now.Add(-3 * time.Hour), Probes: 2160, Uptime: 1 - float64(len(bad))/2160, P50: gemba.Duration(p50), P99: gemba.Duration(p99), Metrics: true}
	for i := range 60 {
		w.Spark = append(w.Spark, gemba.Sample{Time: now.Add(time.Duration(i-60) * time.Minute), Good: true,
			Value: p50.Seconds() * (1 + 0.3*math.Sin(float64(i)/3) + float64(i*7919%13)/30)})
	}
	for _, i := range bad {
		w.Spark[i].Good = false
	}
	return w
}

func deployment(environment, service string, c gemba.Commit, run int64, since time.Time, port int) gemba.Deployment {
	return gemba.Deployment{
		Environment: environment, Service: service, Release: gemba.ReleaseID(digestOf(environment + c.Hash)), Artifact: gemba.Digest("sha256:" + digestOf(c.Hash)),
		Commit: c, Run: run, Since: since, Address: fmt.Sprintf("http://localhost:%d", port), Healthy: true,
		Processes: []gemba.ProcessStatus{{Name: "web", Kind: gemba.Web, State: "running", PID: 4100 + port%97, Port: 30000 + port%1000, Since: since}},
		Watch:     watch(since.Add(3*time.Hour), 1800*time.Microsecond, 14*time.Millisecond),
	}
}

// busy is an ordinary afternoon: a service whose last commit was put back, one whose commit is being tested, one at rest.
func busy(now time.Time) *memory {
	m := newMemory()
	const good, bad, left, run = gemba.Succeeded, gemba.Broken, gemba.Left, gemba.Running
	frame := change("Colour of the frame follows the season", "Ana Jovanović", now.Add(-26*time.Hour))
	warm := change("Warmer greeting", "Ana Jovanović", now.Add(-16*time.Minute))
	mail := change("Retry a mail three times before it is given up", "Jonas Weber", now.Add(-3*time.Minute))
	queue := change("Drain the queue before stopping", "Mei Lin", now.Add(-50*time.Hour))
	home := change("New opening hours", "Ana Jovanović", now.Add(-9*24*time.Hour))

	add := func(id int64, service string, c gemba.Commit, at time.Time, state gemba.State, verdict gemba.Verdict, steps ...gemba.State) *gemba.Run {
		r := gemba.Run{ID: id, Service: service, Commit: c, Actor: "uid:1000(ana)", State: state, Verdict: verdict, Created: at, Started: at, Steps: stepsOf(id, at, steps...),
			Artifact: &gemba.Artifact{Digest: gemba.Digest("sha256:" + digestOf(c.Hash)), Service: service, Size: 8_412_339, Platform: "linux/amd64", Isolated: true}}
		if state.Over() {
			r.Finished = at.Add(52 * time.Second)
		}
		m.runs = append(m.runs, r)
		cause := m.tell(at, "run.accepted", "service/"+service, id, 0, `{"commit":"`+c.Hash+`","subject":"`+c.Subject+`"}`)
		for _, s := range r.Steps {
			if s.State.Over() && s.State != left {
				m.tell(s.Finished, "step."+string(s.State), "service/"+service, id, cause, fmt.Sprintf(`{"index":%d,"name":%q,"stage":%q,"seconds":%.2f}`, s.Index, s.Name, s.Stage, s.Finished.Sub(s.Started).Seconds()))
			}
			if s.Kind == gemba.StepDeploy && s.State == good {
				m.tell(s.Finished, "release.placed", "environment/"+s.Stage, id, cause, `{"service":"`+service+`"}`)
			}
		}
		return &m.runs[len(m.runs)-1]
	}
	all := []gemba.State{good, good, good, good, good, good, good, good}
	add(209, "website", home, now.Add(-9*24*time.Hour), good, gemba.Shipped, all...)
	add(210, "mailer", queue, now.Add(-49*time.Hour), good, gemba.Shipped, all...)
	add(211, "guestbook", frame, now.Add(-25*time.Hour), good, gemba.Shipped, all...)
	add(212, "guestbook", frame, now.Add(-24*time.Hour), good, gemba.Unchanged, gemba.Reused, gemba.Reused, gemba.Reused, gemba.Reused, gemba.Reused, gemba.Reused, gemba.Reused, gemba.Reused)
	broken := add(213, "guestbook", change("Guests may sign with an emoji", "Mei Lin", now.Add(-2*time.Hour)), now.Add(-2*time.Hour), bad, gemba.BuildFailed, good, bad, left, left, left, left, left, left)
	broken.Steps[1].Message, broken.Message = "3 of 148 failed", "3 of 148 tests failed, so nothing was deployed. Production serves "+frame.Short()+", staging "+frame.Short()+"."
	back := add(214, "guestbook", warm, now.Add(-12*time.Minute), bad, gemba.PutBack, good, good, good, good, good, good, bad, left)
	back.Steps[6].Message = "GET /healthz answered 500 for 10 s"
	back.Message = "Production serves " + frame.Short() + ", staging " + warm.Short() + ". 0 of 402 requests failed.\nsee   gemba logs guestbook --run 214\nnext  fix, commit, gemba ship"
	back.LeftOut = []string{"notes.txt", "scratch/"}
	add(215, "mailer", mail, now.Add(-48*time.Second), run, "", good, run)

	buildLog(m, 215, 0, 40)
	m.print(215, 1, "out", "\x1b[1m> node --test\x1b[0m", "\x1b[32m✔\x1b[0m a mail is sent once \x1b[90m(12.4ms)\x1b[0m", "\x1b[32m✔\x1b[0m a bounced mail is kept \x1b[90m(3.1ms)\x1b[0m")
	buildLog(m, 214, 0, 800)
	buildLog(m, 213, 0, 30)
	failedTests(m, 213)
	for i := range 148 {
		m.tests[214] = append(m.tests[214], gemba.TestResult{Suite: "unit", Package: "guestbook/book", Name: fmt.Sprintf("TestEntryIsKept/%03d", i), Outcome: gemba.Passed, Duration: gemba.Duration(time.Duration(i*137%900) * time.Millisecond)})
	}
	m.print(214, 6, "gemba", "starting release "+warm.Short()+" beside "+frame.Short())
	m.print(214, 6, "out", "listening on :30212", "applied configuration \x1b[36mproduction\x1b[0m")
	m.print(214, 6, "err", "\x1b[31merror\x1b[0m GET /healthz: no such table: colour", "\x1b[31merror\x1b[0m GET /healthz: no such table: colour")
	m.print(214, 6, "gemba", "GET /healthz answered 500 for 10 s", "put back to "+frame.Short()+" in 0.4 s")

	staging := deployment("staging", "guestbook", warm, 214, now.Add(-11*time.Minute), 7201)
	production := deployment("production", "guestbook", frame, 211, now.Add(-25*time.Hour), 7202)
	production.Watch = watch(now, 2100*time.Microsecond, 31*time.Millisecond, 22, 23)
	mailers := []gemba.Deployment{deployment("staging", "mailer", queue, 210, now.Add(-49*time.Hour), 7203), deployment("production", "mailer", queue, 210, now.Add(-49*time.Hour), 7204)}
	for i := range mailers {
		mailers[i].Processes = append(mailers[i].Processes,
			gemba.ProcessStatus{Name: "sender", Kind: gemba.Worker, State: "running", PID: 4312, Since: now.Add(-5 * time.Hour), Restarts: 2, LastExit: "exit 1"},
			gemba.ProcessStatus{Name: "digest", Kind: gemba.Schedule, State: "scheduled", Next: now.Add(41 * time.Minute), LastExit: "exit 0"})
	}
	site := deployment("production", "website", home, 209, now.Add(-9*24*time.Hour), 7205)
	site.Processes = []gemba.ProcessStatus{{Name: "site", Kind: gemba.Static, State: "serving", Since: site.Since}}
	m.status = gemba.Status{
		Server: gemba.Server{Version: "0.1.0", PID: 3977, Since: now.Add(-6 * time.Hour), StateDir: "/home/ana/guestbook/.gemba", Isolation: "whole"},
		Environments: []gemba.EnvironmentStatus{
			{Name: "staging", CopyOf: "production", Deployments: []gemba.Deployment{staging, mailers[0]}},
			{Name: "production", Deployments: []gemba.Deployment{production, mailers[1], site}},
		},
	}
	servers(m, now)
	m.ledger = web.LedgerState{Size: int64(len(m.events)), Sealed: int64(len(m.events)) - 4, Head: digestOf("head"), Verified: now.Add(-7 * time.Minute), Sound: true,
		Sentences: []string{"The last signed head is also kept outside the state directory."}}
	return m
}

func buildLog(m *memory, run int64, step, lines int) {
	m.print(run, step, "gemba", "clean copy of the commit in a sandbox without network")
	m.print(run, step, "out", "\x1b[1mgo build -trimpath -o out/guestbook .\x1b[0m")
	for i := range lines {
		m.print(run, step, "out", fmt.Sprintf("\x1b[36mcompiling\x1b[0m guestbook/internal/part%03d  \x1b[90m%d files, %d ms\x1b[0m", i, 3+i%9, 40+i*13%300))
	}
	m.print(run, step, "err", "\x1b[33mwarning\x1b[0m: package book: TODO left in entry.go:41")
	m.print(run, step, "out", "\x1b[32mdone\x1b[0m out/guestbook 8.4 MB")
}

func failedTests(m *memory, run int64) {
	for i := range 60 {
		m.print(run, 1, "out", fmt.Sprintf("=== RUN   TestEntryIsKept/%03d", i), fmt.Sprintf("--- \x1b[32mPASS\x1b[0m: TestEntryIsKept/%03d (0.%02ds)", i, i%7))
	}
	for i, name := range []string{"TestAnEmojiIsOneLetter", "TestALongNameIsCut", "TestANameOfTwoScripts"} {
		output := fmt.Sprintf("entry_test.go:%d: name of 3 letters has length 12\n    got  12\n    want 3", 60+i)
		m.print(run, 1, "out", "\x1b[31m--- FAIL: "+name+" (0.02s)\x1b[0m")
		m.print(run, 1, "err", strings.Split(output, "\n")...)
		m.tests[run] = append(m.tests[run], gemba.TestResult{Suite: "unit", Package: "guestbook/book", Name: name, Outcome: gemba.Failed, Duration: gemba.Duration(20 * time.Millisecond), Output: output})
	}
	for i := range 140 {
		m.tests[run] = append(m.tests[run], gemba.TestResult{Suite: "unit", Package: "guestbook/book", Name: fmt.Sprintf("TestEntryIsKept/%03d", i), Outcome: gemba.Passed, Duration: gemba.Duration(time.Duration(i) * time.Millisecond)})
	}
	for i := range 5 {
		m.tests[run] = append(m.tests[run], gemba.TestResult{Suite: "unit", Package: "guestbook/mail", Name: fmt.Sprintf("TestMail/%d", i), Outcome: gemba.Skipped})
	}
	m.print(run, 1, "out", "FAIL", "FAIL\tguestbook/book\t1.204s")
}

// hostile is the busy afternoon with names and texts that are long, or try to be markup.
func hostile(now time.Time) *memory {
	m := busy(now)
	const long = "payments-reconciliation-and-settlement-gateway-for-the-northern-region"
	evil := `<script>alert("1")</script>`
	for i := range m.runs {
		r := &m.runs[i]
		if r.Service == "guestbook" {
			r.Service = long
		}
		if r.Service == "website" {
			r.Service = evil
		}
		r.Commit.Subject = evil + " " + r.Commit.Subject + " — and a subject line that goes on and on because nobody told its author to stop at seventy characters"
		r.Message += "\n" + evil
		r.Commit.Author = strings.Repeat("Maximiliane ", 6) + evil
		r.LeftOut = append(r.LeftOut, strings.Repeat("deep/", 30)+evil)
		for j := range r.Steps {
			r.Steps[j].Message += evil
			if r.Steps[j].Stage == "production" {
				r.Steps[j].Stage = "production-eu-central-1-customer-facing"
			}
		}
	}
	for key := range m.logs {
		m.logs[key] = append(m.logs[key], gemba.LogLine{Stream: "out", Text: "\x1b[31m" + evil + "\x1b[0m & " + strings.Repeat("endless", 2000)})
	}
	for i := range m.events {
		e := &m.events[i]
		e.Subject = strings.Replace(e.Subject, "guestbook", long, 1)
		e.Data = []byte(`{"text":"<script>alert(\"1\")</script>"}`)
	}
	for i := range m.tests[213] {
		m.tests[213][i].Name += evil
		m.tests[213][i].Output += evil
	}
	m.status.Environments[1].Name = "production-eu-central-1-customer-facing"
	for i := range m.status.Environments {
		for j := range m.status.Environments[i].Deployments {
			d := &m.status.Environments[i].Deployments[j]
			d.Environment = m.status.Environments[i].Name
			d.Commit.Subject = evil + " a subject line that goes on and on because nobody told its author to stop at seventy characters"
			switch d.Service {
			case "guestbook":
				d.Service = long
			case "website":
				d.Service, d.Healthy, d.Reason = evil, false, evil+" exited 137"
			}
		}
	}
	m.status.Server.Isolation = "this machine does not allow user namespaces (kernel.unprivileged_userns_clone is 0)"
	m.status.Server.StateDir = "/srv/" + strings.Repeat("a-long-directory-name/", 8) + ".gemba"
	hostileServers(m, now, evil)
	m.ledger.Sound, m.ledger.Sentences = false, []string{"Event 12 was changed after it was sealed: its bytes do not have the hash that the tree has. " + evil}
	return m
}
