package view

import (
	"fmt"
	"slices"
	"time"

	"gemba"
)

// noon is when the stories begin.
var noon = time.Date(2026, 3, 14, 14, 5, 0, 0, time.UTC)

// story is a run told frame by frame, each with its time.
type story struct {
	run   gemba.Run
	at    time.Time
	beats []beat
}

type beat struct {
	at    time.Time
	frame gemba.Frame
}

// begin accepts a run of the guestbook with these steps: "build", "test unit", "staging deploy", "staging verify smoke".
func begin(start time.Time, steps ...gemba.Step) *story {
	s := &story{at: start, run: gemba.Run{
		ID: 214, Service: "guestbook", Actor: "uid:1000(ana)", State: gemba.Running, Created: start, Started: start,
		Budget: gemba.Duration(5 * time.Minute),
		Commit: gemba.Commit{
			Hash: "4f2a91c0d3b86f7a2f0f5a1f0f3a6a7f1f2e3d4c", Subject: "Warmer greeting", Author: "Ana",
			Time: start.Add(-4 * time.Minute), Added: 12, Removed: 3,
		},
	}}
	for i, step := range steps {
		step.Run, step.Index, step.State = 214, i, gemba.Pending
		s.run.Steps = append(s.run.Steps, step)
	}
	s.tell()
	return s
}

func defaultSteps() []gemba.Step {
	return []gemba.Step{
		{Kind: gemba.StepBuild, Name: "build"}, {Kind: gemba.StepTest, Name: "unit"},
		{Kind: gemba.StepDeploy, Name: "deploy", Stage: "staging"}, {Kind: gemba.StepVerify, Name: "smoke", Stage: "staging"},
		{Kind: gemba.StepDeploy, Name: "deploy", Stage: "production"}, {Kind: gemba.StepVerify, Name: "smoke", Stage: "production"},
	}
}

func (s *story) tell() {
	run := s.run
	run.Steps = slices.Clone(run.Steps)
	s.beats = append(s.beats, beat{s.at, gemba.Frame{Run: &run}})
}

func (s *story) wait(d time.Duration) { s.at = s.at.Add(d) }

func (s *story) start(step int) {
	s.run.Steps[step].State, s.run.Steps[step].Started = gemba.Running, s.at
	s.run.Steps[step].Attempt++
	s.tell()
}

func (s *story) finish(step int, state gemba.State, message string) {
	s.run.Steps[step].State, s.run.Steps[step].Finished, s.run.Steps[step].Message = state, s.at, message
	s.tell()
}

// does starts a step, prints lines over the time, and ends it.
func (s *story) does(step int, takes time.Duration, state gemba.State, message string, lines ...string) {
	s.start(step)
	pause := takes / time.Duration(len(lines)+1)
	for _, text := range lines {
		s.wait(pause)
		s.log(step, text)
	}
	s.wait(takes - pause*time.Duration(len(lines)))
	s.finish(step, state, message)
}

func (s *story) log(step int, text string) {
	s.beats = append(s.beats, beat{s.at, gemba.Frame{Step: step, Log: &gemba.LogLine{Time: s.at, Stream: "out", Text: text}}})
}

func (s *story) built() {
	s.run.Artifact = &gemba.Artifact{
		Digest:  "sha256:9c1e07aa31d5b0c9f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708",
		Service: "guestbook", Size: 8_412_331, Platform: "linux/amd64", Isolated: true,
	}
	s.tell()
}

func (s *story) end(state gemba.State, verdict gemba.Verdict, message string) *story {
	for i := range s.run.Steps {
		if s.run.Steps[i].State == gemba.Pending {
			s.run.Steps[i].State = gemba.Left
		}
	}
	s.run.State, s.run.Verdict, s.run.Message, s.run.Finished = state, verdict, message, s.at
	s.tell()
	return s
}

// final is the run as its last frame has it.
func (s *story) final() gemba.Run { return s.run }

func compile(n int) []string {
	lines := []string{}
	for i := range n {
		lines = append(lines, fmt.Sprintf("compiling guestbook/internal/part%02d", i))
	}
	return lines
}

// stories are the ways in which a run can go, by name.
func stories() map[string]func(start time.Time) *story {
	return map[string]func(time.Time) *story{
		"shipped":       tellShipped,
		"unchanged":     tellUnchanged,
		"put-back":      tellPutBack,
		"build-failed":  tellBuildFailed,
		"verify-failed": tellVerifyFailed,
		"over-budget":   tellOverBudget,
		"waiting":       tellWaiting,
		"rolled-back":   tellRolledBack,
		"asking":        tellAsking,
		"cancelled":     tellCancelled,
		"detached":      tellDetached,
		"long-names":    tellLongNames,
	}
}

func tellShipped(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.does(0, 31*time.Second, gemba.Succeeded, "", compile(40)...)
	s.does(1, 12*time.Second, gemba.Succeeded, "148 passed", "ok  guestbook/store  2.1s", "ok  guestbook/web  8.4s")
	s.built()
	s.does(2, 2*time.Second, gemba.Succeeded, "", "listening on 127.0.0.1:41233")
	s.does(3, 300*time.Millisecond, gemba.Succeeded, "")
	s.does(4, 3*time.Second, gemba.Succeeded, "", "listening on 127.0.0.1:41307")
	s.does(5, 400*time.Millisecond, gemba.Succeeded, "")
	return s.end(gemba.Succeeded, gemba.Shipped, "Production serves 4f2a91c at http://127.0.0.1:4080. 0 of 402 requests failed.")
}

func tellUnchanged(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.built()
	for i := range s.run.Steps {
		s.wait(15 * time.Millisecond)
		s.finish(i, gemba.Reused, "")
	}
	return s.end(gemba.Reused, gemba.Unchanged, "Production serves 4f2a91c already, since 14:01.")
}

func tellPutBack(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.run.LeftOut = []string{"notes.txt"}
	s.tell()
	s.does(0, 31*time.Second, gemba.Succeeded, "", compile(40)...)
	s.does(1, 12*time.Second, gemba.Succeeded, "148 passed")
	s.built()
	s.does(2, 2*time.Second, gemba.Succeeded, "")
	s.does(3, 300*time.Millisecond, gemba.Succeeded, "")
	s.does(4, 12*time.Second, gemba.Broken, "web: GET /healthz answered 500 for 10 s\nput back to 77b0e13 in 0.4 s",
		"listening on 127.0.0.1:41307", "\x1b[31mno such table: colour\x1b[0m", "\x1b[31mno such table: colour\x1b[0m")
	return s.end(gemba.Broken, gemba.PutBack, "Production serves 77b0e13, staging 4f2a91c. 0 of 402 requests failed.")
}

func tellBuildFailed(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.does(0, 9*time.Second, gemba.Broken, "exit code 1",
		"# guestbook/internal/web", "internal/web/page.go:41:9: undefined: greting", "make: *** [Makefile:7: build] Error 1")
	return s.end(gemba.Broken, gemba.BuildFailed, "Nothing was deployed. Production and staging serve 77b0e13.")
}

func tellVerifyFailed(start time.Time) *story {
	steps := append(defaultSteps()[:3],
		gemba.Step{Kind: gemba.StepTask, Name: "migrate", Stage: "staging", Once: true},
		gemba.Step{Kind: gemba.StepVerify, Name: "front", Stage: "staging"}, gemba.Step{Kind: gemba.StepVerify, Name: "feed", Stage: "staging"},
		gemba.Step{Kind: gemba.StepVerify, Name: "sign-in", Stage: "staging"},
		gemba.Step{Kind: gemba.StepDeploy, Name: "deploy", Stage: "production"})
	s := begin(start, steps...)
	s.finish(0, gemba.Reused, "")
	s.does(1, 12*time.Second, gemba.Succeeded, "148 passed")
	s.built()
	s.does(3, 1200*time.Millisecond, gemba.Succeeded, "")
	s.does(2, 2*time.Second, gemba.Succeeded, "")
	s.does(4, 200*time.Millisecond, gemba.Succeeded, "")
	s.does(5, 100*time.Millisecond, gemba.Broken, "GET /feed answered 404, expected 200")
	return s.end(gemba.Broken, gemba.VerifyFailed, "Staging serves 4f2a91c, which gives a wrong answer. Production serves 77b0e13 as before.")
}

func tellOverBudget(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.does(0, 4*time.Minute, gemba.Succeeded, "", compile(20)...)
	s.does(1, 62*time.Second, gemba.Broken, "148 passed, but over the budget")
	return s.end(gemba.Broken, gemba.BuildFailed, "Build and tests took 5 min 2 s; the budget is 5 min. The build took 4 min of it. Nothing was deployed.")
}

func tellWaiting(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.built()
	s.finish(0, gemba.Reused, "")
	s.finish(1, gemba.Reused, "")
	s.run.WaitsFor, s.run.Steps[2].State, s.run.Steps[2].Message = 213, gemba.Waiting, "waits for run 213 to leave staging"
	s.tell()
	s.wait(34 * time.Second)
	s.run.WaitsFor, s.run.Steps[2].Message = 0, ""
	for i := 2; i < 6; i++ {
		s.does(i, time.Second, gemba.Succeeded, "")
	}
	return s.end(gemba.Succeeded, gemba.Shipped, "Production serves 4f2a91c. 0 of 12 requests failed.")
}

func tellRolledBack(start time.Time) *story {
	s := begin(start, gemba.Step{Kind: gemba.StepDeploy, Name: "deploy", Stage: "production"})
	s.run.Kind, s.run.WaitsFor, s.beats = rollback, 213, nil
	s.tell()
	s.wait(3 * time.Second)
	s.run.WaitsFor = 0
	s.built()
	s.does(0, 800*time.Millisecond, gemba.Succeeded, "")
	return s.end(gemba.Succeeded, gemba.Shipped, "Production serves 4f2a91c again, instead of 77b0e13.")
}

func tellAsking(start time.Time) *story {
	s := begin(start, gemba.Step{Kind: gemba.StepBuild, Name: "build"},
		gemba.Step{Kind: gemba.StepTask, Name: "migrate", Stage: "production", Once: true},
		gemba.Step{Kind: gemba.StepDeploy, Name: "deploy", Stage: "production"})
	s.does(0, 5*time.Second, gemba.Succeeded, "")
	s.built()
	s.start(1)
	s.wait(3 * time.Second)
	s.log(1, "alter table greeting add column colour")
	s.run.State = gemba.Asking
	s.run.Message = "The server stopped while migrate ran, and migrate must not run twice. Look whether it was done, then say so."
	s.run.Steps[1].State = gemba.Asking
	s.run.Steps[1].Message = "it is not known how it ended"
	s.tell()
	return s
}

func tellCancelled(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.does(0, 9*time.Second, gemba.Cancelled, "cancelled", compile(3)...)
	return s.end(gemba.Cancelled, gemba.RunCancelled, "Ana cancelled it. Nothing was deployed.")
}

func tellDetached(start time.Time) *story {
	s := begin(start, defaultSteps()...)
	s.start(0)
	s.wait(9 * time.Second)
	s.log(0, "compiling")
	return s
}

func tellLongNames(start time.Time) *story {
	steps := defaultSteps()
	for i := range steps {
		if steps[i].Stage != "" {
			steps[i].Stage += "-of-the-north-western-region"
		}
	}
	steps = slices.Insert(steps, 2, gemba.Step{Kind: gemba.StepTest, Name: "integration-with-the-billing-department"})
	s := begin(start, steps...)
	s.run.Service = "customer-relationship-guestbook-and-greeting-service"
	s.run.Commit.Subject = "让问候更温暖 👩‍👩‍👧 – and a subject that nobody stopped in time, with\ttabs and \x1b]0;a title\x07 in it"
	s.run.Commit.Author = "Wolfeschlegelsteinhausenbergerdorff, Maria-Theresia"
	s.run.LeftOut = []string{"notes.txt", "a/very/long/path/to/a/file/that/was/not/committed.txt", "b", "c", "d", "e", "f"}
	s.beats = nil
	s.tell()
	s.does(0, 31*time.Second, gemba.Succeeded, "", "a line that is much longer than any window is wide: "+fmt.Sprint(compile(20)), "\t\x1b[1;32mgreen\x1b[0m \x1b[2Jafter a clear", "进度 100%\r进度 100% ✓", "bad \xff\xfe bytes")
	s.does(1, 12*time.Second, gemba.Succeeded, "148 passed")
	s.does(2, 12*time.Second, gemba.Succeeded, "3 passed, 1 skipped")
	s.built()
	s.does(3, 2*time.Second, gemba.Succeeded, "")
	s.does(4, time.Second, gemba.Succeeded, "")
	s.does(5, 12*time.Second, gemba.Broken, "web: GET /a/health/endpoint/with/a/long/path?and=parameters answered 500 Internal Server Error for 10 s",
		"error: a message that is much longer than the window, "+fmt.Sprint(compile(9)))
	return s.end(gemba.Broken, gemba.PutBack, "Production serves 77b0e13, staging 4f2a91c. 0 of 402 requests failed.")
}
