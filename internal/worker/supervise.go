package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// supervise reads a specification, runs what it says to the end, and leaves
// the record of it. The starter is told over readyFD once the supervisor
// answers and the program was started; then nothing of the starter is held.
func supervise(in *os.File) error {
	// The death signal of a child is tied to the thread that started it, so
	// all are started from this one, which lives as long as the process.
	runtime.LockOSThread()
	unix.CloseOnExec(readyFD)
	ready := os.NewFile(readyFD, "ready")
	s, err := prepare(in)
	if errors.Is(err, io.EOF) {
		return nil // a spare one that was not needed
	}
	if err != nil {
		tell(ready, err)
		return err
	}
	defer s.close()
	s.run(func() {
		tell(ready, nil)
		s.leaveStarter(in)
	})
	return nil
}

// prepare makes everything that has to work before a program is started.
func prepare(in *os.File) (*supervisor, error) {
	var spec wire.Spec
	if err := json.NewDecoder(in).Decode(&spec); err != nil {
		return nil, fmt.Errorf("read the specification: %w", err)
	}
	if err := check(spec); err != nil {
		return nil, err
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("adopt orphans: %w", err)
	}
	unix.Umask(0o022)
	return newSupervisor(spec)
}

func check(spec wire.Spec) error {
	switch {
	case spec.Version != wire.Version:
		return fmt.Errorf("the specification is of version %d, this worker of %d", spec.Version, wire.Version)
	case spec.ID == "" || spec.Dir == "" || spec.Socket == "":
		return errors.New("the specification names no id, directory or socket")
	case (len(spec.Argv) == 0) == (spec.Script == ""):
		return errors.New("the specification has to hold either a program or a script")
	}
	return nil
}

// tell sends the starter its one line. A starter that is gone is no reason to stop.
func tell(ready *os.File, err error) {
	message := wire.Ready{OK: err == nil}
	if err != nil {
		message.Error = err.Error()
		message.Conflict = errors.Is(err, errHeld)
	}
	line, _ := json.Marshal(message)
	_, _ = ready.Write(append(line, '\n'))
	_ = ready.Close()
}

// leaveStarter lets go of the starter's pipes. Should this program crash, what
// the runtime prints goes to the log.
func (s *supervisor) leaveStarter(in *os.File) {
	if null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0); err == nil {
		_ = unix.Dup3(null, int(in.Fd()), 0)
		_ = unix.Close(null)
	}
	_ = s.log.dupTo(2)
}
