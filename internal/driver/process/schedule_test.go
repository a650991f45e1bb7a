package process_test

import (
	"strings"
	"testing"
)

func TestScheduledProgramRunsAtItsTimesUntilItIsStopped(t *testing.T) {
	order := script("s", "echo tick; exit 3")
	order.Cron = "@every 1s"
	p := newRoom(t).start(t, order)
	status, err := p.Status(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "state before the first time", status.State, "scheduled")
	if status.Next.IsZero() || status.Child != nil {
		t.Fatalf("next %v, child %v", status.Next, status.Child)
	}
	eventually(t, "two runs", func() bool { return strings.Count(texts(read(t, p), "out"), "tick") >= 2 })
	eventually(t, "the end of a run is known", func() bool {
		now, err := p.Status(testContext(t))
		return err == nil && now.State == "scheduled" && now.Last != nil && now.Last.Code == 3
	})
	exit, err := p.Stop(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "reason", exit.Reason, "stopped")
}

func TestScheduleThatCannotBeReadStartsNothing(t *testing.T) {
	order := script("s", "echo tick")
	order.Cron = "now and then"
	p := newRoom(t).start(t, order)
	exit, err := p.Wait(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "reason", exit.Reason, "not-started")
	if !strings.Contains(exit.Error, "now and then") {
		t.Fatalf("the error names nothing: %q", exit.Error)
	}
}
