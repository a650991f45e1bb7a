package process_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"gemba"
	"gemba/internal/wire"
)

func service(id, text string) wire.Spec {
	spec := script(id, text)
	spec.Restart = &wire.Restart{Min: gemba.Duration(10 * time.Millisecond), Max: gemba.Duration(80 * time.Millisecond), Reset: gemba.Duration(time.Hour)}
	spec.Log = wire.LogPolicy{Rotate: 1 << 20, Keep: 2}
	return spec
}

func TestProcessThatEndsIsStartedAgainWithGrowingPauses(t *testing.T) {
	p := newRoom(t).start(t, service("a", "echo life; exit 9"))
	eventually(t, "restarted", func() bool {
		status, err := p.Status(testContext(t))
		return err == nil && status.Restarts >= 5 && status.Last != nil && status.Last.Code == 9
	})
	exit, err := p.Stop(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "reason", exit.Reason, "stopped")
	notes := texts(read(t, p), "gemba")
	for _, pause := range []string{"10ms", "20ms", "40ms", "80ms"} {
		if !strings.Contains(notes, "exited with code 9; starts again in "+pause+"\n") {
			t.Fatalf("no pause of %s in %q", pause, notes)
		}
	}
	if strings.Contains(notes, "160ms") {
		t.Fatalf("a pause is longer than the longest: %q", notes)
	}
}

func TestProcessThatIsKilledIsStartedAgain(t *testing.T) {
	p := newRoom(t).start(t, service("a", "exec sleep 1000"))
	status, err := p.Status(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "state", status.State, "running")
	if err := syscall.Kill(status.Child.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another runs", func() bool {
		now, err := p.Status(testContext(t))
		return err == nil && now.State == "running" && now.Restarts == 1 && *now.Child != *status.Child
	})
	exit, err := p.Stop(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "reason", exit.Reason, "stopped")
	want(t, "signal", exit.Signal, "SIGTERM")
}

func TestStopEndsTheSupervisorOfAProcessThatKeepsFailing(t *testing.T) {
	spec := service("a", "exit 1")
	spec.Restart.Min, spec.Restart.Max = gemba.Duration(time.Hour), gemba.Duration(time.Hour)
	p := newRoom(t).start(t, spec)
	eventually(t, "waiting", func() bool {
		status, err := p.Status(testContext(t))
		return err == nil && status.State == "backoff"
	})
	exit, err := p.Stop(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "reason", exit.Reason, "stopped")
	want(t, "code", exit.Code, 1)
}

func TestTermOfTheSupervisorStopsTheProgram(t *testing.T) {
	tag := unique(t)
	p := newRoom(t).start(t, service("a", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.02; : "+tag+"; done"))
	eventually(t, "ready", func() bool { return texts(read(t, p), "out") == "ready\n" })
	status, err := p.Status(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(status.Supervisor.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	exit := wait(t, p)
	want(t, "reason", exit.Reason, "stopped")
	want(t, "out", texts(read(t, p), "out"), "ready\nbye\n")
}

func TestServiceThatCannotBeStartedAtFirstIsGivenUpAtOnce(t *testing.T) {
	spec := service("a", "")
	spec.Argv = []string{"/no/such/server"}
	exit, _ := newRoom(t).do(t, spec)
	want(t, "reason", exit.Reason, "not-started")
	want(t, "error", exit.Error, "there is no program /no/such/server")
}
