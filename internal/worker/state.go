package worker

import (
	"fmt"
	"time"

	"gemba/internal/wire"
)

// The states of a supervisor and the reasons of an exit, as wire documents them.
const (
	stateStarting = "starting"
	stateRunning  = "running"
	stateBackoff  = "backoff"
	stateWaiting  = "scheduled"
	stateStopping = "stopping"
	stateEnded    = "ended"

	reasonExited     = "exited"
	reasonSignalled  = "signalled"
	reasonTimeout    = "timeout"
	reasonStopped    = "stopped"
	reasonNotStarted = "not-started"
)

// change applies a change of the status and keeps it for those who come when
// this process is dead. A disk that is full only costs them that help.
func (s *supervisor) change(change func(*wire.Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.status)
	_ = s.record.keepStatus(s.status)
}

func (s *supervisor) enterRunning(child wire.Identity, since time.Time, weakness string, isolated bool) {
	s.change(func(status *wire.Status) {
		status.State, status.Child, status.Since = stateRunning, &child, since
		status.Isolated, status.Weakness = isolated, weakness
	})
}

func (s *supervisor) enterStopping() {
	s.change(func(status *wire.Status) { status.State = stateStopping })
}

func (s *supervisor) enterBackoff(last wire.Exit) {
	s.change(func(status *wire.Status) {
		status.State, status.Child, status.Last = stateBackoff, nil, &last
		status.Restarts++
	})
}

// enterScheduled is between the times of a program with a cron expression.
func (s *supervisor) enterScheduled(next time.Time) {
	s.change(func(status *wire.Status) { status.State, status.Child, status.Next = stateWaiting, nil, next })
}

// enterEnded keeps how a scheduled program ended.
func (s *supervisor) enterEnded(last wire.Exit) {
	s.change(func(status *wire.Status) { status.Child, status.Last = nil, &last })
}

// describe says in a few words how a program ended.
func describe(exit wire.Exit) string {
	switch {
	case exit.Reason == reasonNotStarted:
		return "not started: " + exit.Error
	case exit.Signal != "":
		return "ended by " + exit.Signal
	}
	return fmt.Sprintf("exited with code %d", exit.Code)
}

// backoff is the pause before the next life: it doubles, and is short again
// after the program ran well for a while.
type backoff struct{ last time.Duration }

func (b *backoff) next(policy wire.Restart, ran time.Duration) time.Duration {
	smallest, largest := time.Duration(policy.Min), time.Duration(policy.Max)
	if b.last == 0 || (policy.Reset > 0 && ran >= time.Duration(policy.Reset)) {
		b.last = smallest
	} else {
		b.last = min(2*b.last, largest)
	}
	b.last = max(b.last, time.Millisecond)
	return b.last
}
