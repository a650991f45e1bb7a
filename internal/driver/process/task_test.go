package process_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gemba"
	"gemba/internal/wire"
)

func TestExitIsRecordedAndKeptAfterTheSupervisorIsGone(t *testing.T) {
	r := newRoom(t)
	p := r.start(t, script("a", "echo to out; echo to err >&2; exit 3"))
	exit := wait(t, p)
	want(t, "code", exit.Code, 3)
	want(t, "reason", exit.Reason, "exited")
	eventually(t, "gone", func() bool { _, err := p.Status(testContext(t)); return gemba.CodeOf(err) == gemba.Unavailable })
	again, err := r.Find("a")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "exit read again", wait(t, again).Code, 3)
	stopped, err := again.Stop(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "reason after a late stop", stopped.Reason, "exited")
	lines := read(t, p)
	want(t, "out", texts(lines, "out"), "to out\n")
	want(t, "err", texts(lines, "err"), "to err\n")
	if err := again.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Find("a"); gemba.CodeOf(err) != gemba.NotFound {
		t.Fatalf("found after it was removed: %v", err)
	}
}

func TestScriptStopsAtTheFirstFailureAndNamesItsLine(t *testing.T) {
	exit, lines := newRoom(t).do(t, script("a", "echo one\nno-such-command\necho never"))
	want(t, "code", exit.Code, 127)
	want(t, "out", texts(lines, "out"), "one\n")
	if text := texts(lines, "err"); !strings.Contains(text, "2: ") || !strings.Contains(text, "no-such-command") {
		t.Fatalf("the error is %q", text)
	}
}

func TestProgramThatDoesNotExistIsNotStartedAndSaysWhy(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			spec := wire.Spec{ID: "a", Argv: []string{"no-such-program"}, Env: []string{"PATH=/usr/bin"}, Sandbox: world.sandbox}
			exit, lines := newRoom(t).do(t, spec)
			want(t, "reason", exit.Reason, "not-started")
			want(t, "code", exit.Code, -1)
			want(t, "error", exit.Error, "there is no program no-such-program in PATH (/usr/bin)")
			if !strings.Contains(texts(lines, "gemba"), exit.Error) {
				t.Fatalf("the log does not say it: %v", lines)
			}
		})
	}
}

func TestDirectoryThatDoesNotExistIsNamed(t *testing.T) {
	spec := script("a", "true")
	spec.WorkDir = "/no/such/place"
	exit, _ := newRoom(t).do(t, spec)
	want(t, "error", exit.Error, "the directory /no/such/place to run in does not exist")
}

func TestHangingProgramIsEndedAtItsTimeout(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			spec := script("a", "trap '' TERM; while :; do sleep 0.05; done")
			spec.Sandbox, spec.Timeout, spec.StopGrace = world.sandbox, gemba.Duration(300*time.Millisecond), gemba.Duration(200*time.Millisecond)
			exit, lines := newRoom(t).do(t, spec)
			want(t, "reason", exit.Reason, "timeout")
			want(t, "signal", exit.Signal, "SIGKILL")
			if notes := texts(lines, "gemba"); !strings.Contains(notes, "whole time of 0.3 s") || !strings.Contains(notes, "killed") {
				t.Fatalf("the log says %q", notes)
			}
		})
	}
}

func TestStopLetsTheProgramEndItself(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			spec := script("a", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.02; done")
			spec.Sandbox = world.sandbox
			p := newRoom(t).start(t, spec)
			eventually(t, "ready", func() bool { return texts(read(t, p), "out") == "ready\n" })
			exit, err := p.Stop(testContext(t))
			if err != nil {
				t.Fatal(err)
			}
			want(t, "reason", exit.Reason, "stopped")
			want(t, "code", exit.Code, 7)
			want(t, "out", texts(read(t, p), "out"), "ready\nbye\n")
		})
	}
}

func TestWhatOutlivesTheProgramIsKilledAlsoInASessionOfItsOwn(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			tag := unique(t)
			spec := script("a", "setsid env -i sh -c 'sleep 1000; : "+tag+"' & env -i sh -c 'trap \"\" TERM HUP; sleep 1000; : "+tag+"' &\nsleep 0.1; echo main ends")
			spec.Sandbox = world.sandbox
			exit, lines := newRoom(t).do(t, spec)
			want(t, "ok", exit.OK(), true)
			want(t, "out", texts(lines, "out"), "main ends\n")
			want(t, "left", len(running(t, tag)), 0)
		})
	}
}

func TestSignalThatEndedTheProgramIsNamed(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			spec := script("a", "kill -SEGV $$")
			spec.Sandbox = world.sandbox
			exit, _ := newRoom(t).do(t, spec)
			want(t, "signal", exit.Signal, "SIGSEGV")
			want(t, "reason", exit.Reason, "signalled")
			want(t, "code", exit.Code, -1)
		})
	}
}

func TestStarterKilledTheProgramGoesOn(t *testing.T) {
	r := newRoom(t)
	content, err := json.Marshal(script("a", "sleep 0.5; echo survived"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], worker, r.dir, r.sockets, string(content))
	command.Env = append(os.Environ(), asStarter+"=stay")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(command.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	p, err := r.Find("a")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "ok", wait(t, p).OK(), true)
	want(t, "out", texts(read(t, p), "out"), "survived\n")
}

func TestSupervisorKilledTheProgramDiesAndTheLossIsRecorded(t *testing.T) {
	for _, world := range worlds() {
		t.Run(world.name, func(t *testing.T) {
			tag := unique(t)
			r := newRoom(t)
			spec := script("a", "sh -c 'sleep 1000; : "+tag+"' & setsid sh -c 'sleep 1000; : "+tag+"' & wait")
			spec.Sandbox = world.sandbox
			p := r.start(t, spec)
			eventually(t, "both run", func() bool { return len(running(t, tag)) >= 2 })
			status, err := p.Status(testContext(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(status.Supervisor.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, "child dead", func() bool { return syscall.Kill(status.Child.PID, 0) != nil })
			exit := wait(t, p)
			want(t, "reason", exit.Reason, "lost")
			want(t, "left", len(running(t, tag)), 0)
			want(t, "reason again", wait(t, p).Reason, "lost")
			again, _ := r.do(t, script("a", "echo anew"))
			want(t, "a new start", again.OK(), true)
		})
	}
}

func TestTwoSupervisorsOfOneIDConflict(t *testing.T) {
	r := newRoom(t)
	p := r.start(t, script("a", "sleep 1000"))
	if _, err := r.Start(testContext(t), script("a", "echo second")); gemba.CodeOf(err) != gemba.Conflict {
		t.Fatalf("the error is %v", err)
	}
	if err := p.Remove(); gemba.CodeOf(err) != gemba.Conflict {
		t.Fatalf("removing one that lives: %v", err)
	}
	if _, err := p.Stop(testContext(t)); err != nil {
		t.Fatal(err)
	}
}

func TestIDMayBeUsedAgainAsSoonAsItsEndIsKnown(t *testing.T) {
	r := newRoom(t)
	for range 5 {
		exit, _ := r.do(t, script("a", "true"))
		want(t, "ok", exit.OK(), true)
	}
	p, err := r.Find("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Remove(); err != nil {
		t.Fatal(err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	p := newRoom(t).start(t, script("a", "sleep 1000"))
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Wait(ctx); ctx.Err() == nil || err == nil {
		t.Fatalf("the error is %v", err)
	}
}

func TestNothingOfTheStarterIsInheritedAndSecretsAreNotOnDisk(t *testing.T) {
	r := newRoom(t)
	t.Setenv("OF_THE_STARTER", "leaks")
	spec := script("a", "env; ls -l /proc/self/fd; sleep 0.2")
	spec.Env = append(spec.Env, "TOKEN=tell-nobody")
	p := r.start(t, spec)
	status, err := p.Status(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"environ", "cmdline"} {
		content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(status.Supervisor.PID), file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "tell-nobody") || strings.Contains(string(content), "leaks") {
			t.Fatalf("%s of the supervisor holds %q", file, content)
		}
	}
	for _, fd := range []string{"0", "1"} {
		to, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(status.Supervisor.PID), "fd", fd))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "descriptor "+fd+" of the supervisor", to, os.DevNull)
	}
	wait(t, p)
	out := texts(read(t, p), "out")
	if strings.Contains(out, "leaks") || !strings.Contains(out, "TOKEN=tell-nobody") {
		t.Fatalf("the program sees %s", out)
	}
	want(t, "open files of the program", strings.Count(out, " -> "), 4) // three, and the directory that ls reads
	status2, err := os.ReadFile(filepath.Join(r.dir, "a", wire.StatusFile))
	if err != nil || strings.Contains(string(status2), "tell-nobody") {
		t.Fatalf("%s, %v", status2, err)
	}
}

func TestKeptSupervisorsRunWhatIsStartedAndEndWhenLetGo(t *testing.T) {
	r := newRoom(t)
	before := len(waiting(t))
	r.Keep(2)
	eventually(t, "two wait", func() bool { return len(waiting(t)) == before+2 })
	spare := waiting(t)
	for _, id := range []string{"a", "b", "c"} {
		p := r.start(t, script(id, "sleep 0.1; echo "+id))
		status, err := p.Status(testContext(t))
		if err != nil {
			t.Fatal(err)
		}
		if id == "a" && !slices.Contains(spare, status.Supervisor.PID) {
			t.Fatalf("%d was started anew, though %v waited", status.Supervisor.PID, spare)
		}
		want(t, "ok", wait(t, p).OK(), true)
	}
	r.Close()
	eventually(t, "they end", func() bool { return len(waiting(t)) == before })
}

// worlds are the ways to run a program.
func worlds() []struct {
	name    string
	sandbox *wire.Sandbox
} {
	return []struct {
		name    string
		sandbox *wire.Sandbox
	}{
		{"plain", nil},
		{"sandboxed", &wire.Sandbox{UID: 61000, GID: 61000}},
		{"weak", &wire.Sandbox{UID: 61000, GID: 61000, Weak: true}},
	}
}
