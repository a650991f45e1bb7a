package worker

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"gemba/internal/wire"
)

// longestSleep bounds one wait for the next time, so that a clock that was set is noticed.
const longestSleep = time.Minute

// parseTimes reads a cron expression of five fields, whose meaning crontab(5) has, or a pace such as "@every 30s". Times are UTC.
func parseTimes(expression string) (cron.Schedule, error) {
	times, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(expression)
	if err != nil {
		return nil, fmt.Errorf("read the cron expression %q: %w", expression, err)
	}
	return times, nil
}

// scheduled runs the program at its times until it is told to stop. It never runs twice at once: a time that
// comes while it runs is passed over.
func (s *supervisor) scheduled(times cron.Schedule, started func()) wire.Exit {
	begin := s.now()
	for {
		next := times.Next(s.now().UTC())
		s.enterScheduled(next)
		started()
		if !s.sleepUntil(next) {
			return wire.Exit{Code: -1, Reason: reasonStopped, Started: begin, Finished: s.now()}
		}
		exit, _ := s.live(started)
		s.log.note("%s after %s", describe(exit), exit.Finished.Sub(exit.Started).Round(time.Millisecond))
		if exit.Reason == reasonStopped {
			return exit
		}
		s.enterEnded(exit)
	}
}

// sleepUntil returns false when the supervisor is told to stop first.
func (s *supervisor) sleepUntil(next time.Time) bool {
	for {
		left := next.Sub(s.now())
		if left <= 0 {
			return true
		}
		select {
		case <-time.After(min(left, longestSleep)):
		case <-s.stop:
			return false
		}
	}
}
