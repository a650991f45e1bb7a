package worker

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

const (
	listenWithin = 30 * time.Second // for a program beside, to listen on its port
	listenAsk    = 20 * time.Millisecond
)

// startBeside starts the n-th program beside and waits until it listens.
func (i *initProcess) startBeside(n int, b wire.Beside) error {
	p, err := findProgram(b.Argv, "", i.plan.WorkDir, b.Env)
	if err != nil {
		return err
	}
	out := os.NewFile(uintptr(besideFD+2*n), "out")
	failures := os.NewFile(uintptr(besideFD+2*n+1), "err")
	defer out.Close()
	defer failures.Close()
	p.env = append(p.env, i.plan.Mark)
	pid, err := p.start(out, failures, i.attributes())
	if err != nil {
		return err
	}
	i.beside[pid] = b.Name
	if b.Port == 0 {
		return nil
	}
	return i.awaitPort(pid, b.Port)
}

func (i *initProcess) awaitPort(pid, port int) error {
	for deadline := time.Now().Add(listenWithin); time.Now().Before(deadline); {
		if listens(port) {
			return nil
		}
		var status syscall.WaitStatus
		if ended, _ := syscall.Wait4(pid, &status, syscall.WNOHANG, nil); ended == pid {
			delete(i.beside, pid)
			return fmt.Errorf("%s before it listened on port %d", describe(exitOf(status)), port)
		}
		select {
		case <-i.signals:
			return errors.New("stopped while it was waited for")
		case <-time.After(listenAsk):
		}
	}
	return fmt.Errorf("did not listen on port %d within %s", port, listenWithin)
}

// listens reports whether something takes connections on a port of loopback.
func listens(port int) bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}) == nil
}
