package worker

import (
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gemba/internal/wire"
)

// supervisor runs one program: once, or again and again.
type supervisor struct {
	spec   wire.Spec
	record *record
	log    *logFile
	socket *socket
	now    func() time.Time

	stopOnce sync.Once
	stop     chan struct{} // closed when the program is to end
	done     chan struct{} // closed when exit is final

	mu     sync.Mutex
	status wire.Status
	exit   wire.Exit
}

func newSupervisor(spec wire.Spec) (*supervisor, error) {
	s := &supervisor{spec: spec, now: time.Now, stop: make(chan struct{}), done: make(chan struct{})}
	identity, err := identify(os.Getpid())
	if err != nil {
		return nil, err
	}
	s.status = wire.Status{Version: wire.Version, ID: spec.ID, Supervisor: identity, State: stateStarting}
	if s.record, err = openRecord(spec.Dir); err != nil {
		return nil, err
	}
	if s.log, err = openLog(filepath.Join(spec.Dir, wire.LogFile), spec.Log, spec.Secrets, s.now); err != nil {
		s.record.close()
		return nil, err
	}
	if s.socket, err = listen(spec.Socket); err != nil {
		s.log.close()
		s.record.close()
		return nil, err
	}
	return s, nil
}

// run takes the program through its lives and leaves the record of the last
// one. It calls started once, when the first life has begun or could not.
func (s *supervisor) run(started func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	signal.Ignore(syscall.SIGHUP)
	go func() {
		<-signals
		s.requestStop()
	}()
	go s.socket.serve(s.answer)
	s.finish(s.all(started))
}

// all is every life that the specification asks for.
func (s *supervisor) all(started func()) wire.Exit {
	if s.spec.Cron == "" {
		return s.lives(started)
	}
	times, err := parseTimes(s.spec.Cron)
	if err != nil {
		started()
		return s.notStarted(s.now(), err)
	}
	var once sync.Once
	return s.scheduled(times, func() { once.Do(started) })
}

// lives runs the program until nothing is left to do.
func (s *supervisor) lives(started func()) wire.Exit {
	var back backoff
	for first := true; ; first = false {
		exit, ran := s.live(started)
		started = func() {}
		switch {
		case s.spec.Restart == nil, exit.Reason == reasonStopped, first && !ran:
			return exit
		}
		pause := back.next(*s.spec.Restart, exit.Finished.Sub(exit.Started))
		s.log.note("%s; starts again in %s", describe(exit), pause)
		s.enterBackoff(exit)
		select {
		case <-s.stop:
			exit.Reason = reasonStopped
			return exit
		case <-time.After(pause):
		}
	}
}

// finish records the exit, tells who waits, and lets them go. Where the
// record cannot be written it is tried again for a while, as the supervisor
// is the only one who knows.
func (s *supervisor) finish(exit wire.Exit) {
	s.log.finish()
	exit.LogBytes, exit.Dropped = s.log.tally()
	exit.LogError = s.log.broken()
	err := s.record.keepExit(exit)
	if err != nil {
		exit.Error = "the exit could not be recorded: " + err.Error()
	}
	s.mu.Lock()
	s.exit = exit
	s.status.State, s.status.Child, s.status.Last = stateEnded, nil, &exit
	s.mu.Unlock()
	close(s.done)
	for tries := 0; err != nil && tries < 60; tries++ {
		time.Sleep(time.Second)
		err = s.record.keepExit(exit)
	}
}

func (s *supervisor) close() {
	s.socket.close()
	s.log.close()
	s.record.close()
}

func (s *supervisor) requestStop() { s.stopOnce.Do(func() { close(s.stop) }) }

// answer says what a client asked for; for an end it waits.
func (s *supervisor) answer(request wire.Request) wire.Response {
	switch request.Op {
	case wire.OpStatus:
		s.mu.Lock()
		defer s.mu.Unlock()
		status := s.status
		return wire.Response{Status: &status}
	case wire.OpStop:
		s.requestStop()
	case wire.OpWait:
	default:
		return wire.Response{Error: "this supervisor does not know " + request.Op}
	}
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	exit := s.exit
	return wire.Response{Exit: &exit}
}
