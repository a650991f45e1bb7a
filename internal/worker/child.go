package worker

import (
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// child is the direct child of a supervisor: the program, or the init of its sandbox.
type child struct {
	pid      int
	group    bool // signals go to its process group
	isolated bool
	weakness string
	streams  []*stream
	reports  *reports // of the init; nil without one
	ended    chan struct{}

	mu     sync.Mutex
	reaped bool
	status syscall.WaitStatus
}

// start starts the program as the specification says.
func (s *supervisor) start() (*child, error) {
	if s.spec.Sandbox == nil && len(s.spec.Beside) == 0 {
		return s.startDirect()
	}
	return s.startInside()
}

// startDirect starts the program without anything between.
func (s *supervisor) startDirect() (*child, error) {
	c := &child{group: true, ended: make(chan struct{})}
	p, err := findProgram(s.spec.Argv, s.spec.Script, s.spec.WorkDir, s.spec.Env)
	if err != nil {
		return nil, err
	}
	defer p.close()
	writers, err := c.openStreams(s.log, nil, os.Geteuid(), os.Getegid())
	if err != nil {
		return nil, err
	}
	defer closeAll(writers)
	p.env = append(p.env, wire.Mark(s.spec.ID, s.spec.Dir))
	c.pid, err = p.start(writers[0], writers[1], &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL})
	if err != nil {
		closeAll(writers)
		c.finish(drainPatience)
		return nil, err
	}
	go c.wait()
	return c, nil
}

// openStreams makes the outputs of the program and of those beside it, and
// returns the ends to write to: out and err of each, in that order.
func (c *child) openStreams(log *logFile, beside []wire.Beside, uid, gid int) ([]*os.File, error) {
	sources := []string{""}
	for _, b := range beside {
		sources = append(sources, b.Name)
	}
	var writers []*os.File
	for _, source := range sources {
		for _, name := range []string{wire.StreamOut, wire.StreamErr} {
			stream, writer, err := newStream(log, name, source, uid, gid)
			if err != nil {
				closeAll(writers)
				return nil, err
			}
			c.streams = append(c.streams, stream)
			writers = append(writers, writer)
		}
	}
	return writers, nil
}

func closeAll(files []*os.File) {
	for _, file := range files {
		_ = file.Close()
	}
}

// wait takes the exits of all children until that of c. It learns who ended
// before it takes the exit away, so that signal never hits a stranger that
// got the same number.
func (c *child) wait() {
	defer close(c.ended)
	for {
		pid, err := nextEnded()
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		if pid != c.pid {
			_, _ = unix.Wait4(pid, nil, 0, nil)
			continue
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for {
			_, err := syscall.Wait4(pid, &c.status, 0, nil)
			if err != syscall.EINTR {
				break
			}
		}
		c.reaped = true
		return
	}
}

// nextEnded waits for any child to end and leaves its exit to be taken.
func nextEnded() (pid int, err error) {
	var info unix.Siginfo
	err = unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT, nil)
	// si_pid is the first field after three numbers, aligned to a word (waitid(2)).
	pid = int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), 16)))
	return pid, err
}

func (c *child) signal(sig unix.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reaped {
		return
	}
	pid := c.pid
	if c.group {
		pid = -pid
	}
	_ = unix.Kill(pid, sig)
}

// finish waits until all output is in the log.
func (c *child) finish(patience time.Duration) {
	for _, stream := range c.streams {
		stream.finish(patience)
	}
}

// exit says how the program ended, after c.ended.
func (c *child) exit() wire.Exit {
	if c.reports != nil {
		if exit, ok := c.reports.exit(); ok {
			return exit
		}
	}
	return exitOf(c.status)
}

func exitOf(status syscall.WaitStatus) wire.Exit {
	if status.Signaled() {
		return wire.Exit{Code: -1, Signal: unix.SignalName(status.Signal()), Reason: reasonSignalled}
	}
	return wire.Exit{Code: status.ExitStatus(), Reason: reasonExited}
}
