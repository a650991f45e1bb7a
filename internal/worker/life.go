package worker

import (
	"time"

	"golang.org/x/sys/unix"

	"gemba/internal/human"
	"gemba/internal/wire"
)

// drainPatience is how long output may still come when every process is gone.
const drainPatience = time.Second

// live is one life of the program, from its start until nothing of it is
// left. ran is false when it could not be started.
func (s *supervisor) live(started func()) (exit wire.Exit, ran bool) {
	begin := s.now()
	child, err := s.start()
	if err != nil {
		started()
		return s.notStarted(begin, err), false
	}
	identity, err := identify(child.pid)
	if err != nil {
		identity = wire.Identity{PID: child.pid} // it cannot be gone: nobody has waited for it
	}
	s.enterRunning(identity, begin, child.weakness, child.isolated)
	started()
	reason := s.attend(child)
	if err := killDescendants(); err != nil {
		s.log.note("%v", err)
	}
	child.finish(drainPatience)
	exit = child.exit()
	exit.Started, exit.Finished = begin, s.now()
	exit.Isolated, exit.Weakness = child.isolated, child.weakness
	if reason != "" {
		exit.Reason = reason
	}
	return exit, exit.Reason != reasonNotStarted
}

// attend waits for the end of the child, and brings it about when asked or
// when its time is over; it returns the reason if it did.
func (s *supervisor) attend(child *child) (reason string) {
	var timeout <-chan time.Time
	if s.spec.Timeout > 0 {
		timer := time.NewTimer(time.Duration(s.spec.Timeout))
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-child.ended:
		return ""
	case <-s.stop:
		reason = reasonStopped
	case <-timeout:
		reason = reasonTimeout
		s.log.note("stopped: it ran for its whole time of %s", human.Duration(time.Duration(s.spec.Timeout)))
	}
	s.enterStopping()
	child.signal(unix.SIGTERM)
	select {
	case <-child.ended:
	case <-time.After(time.Duration(s.spec.StopGrace)):
		s.log.note("killed: it did not end within %s of SIGTERM", human.Duration(time.Duration(s.spec.StopGrace)))
		child.signal(unix.SIGKILL)
		<-child.ended
	}
	return reason
}

func (s *supervisor) notStarted(begin time.Time, err error) wire.Exit {
	s.log.note("not started: %v", err)
	return wire.Exit{Code: -1, Reason: reasonNotStarted, Error: err.Error(), Started: begin, Finished: s.now()}
}
