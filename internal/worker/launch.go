package worker

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	stayFlag = "--stay"
	readyFD  = 3 // where the starter learns how it went
)

// self is this program, also when its file was replaced meanwhile.
const self = "/proc/self/exe"

// launch starts the supervisor in a session of its own and returns at once.
// The caller ends, the supervisor is adopted by the machine's init, and
// nobody has to wait for it.
func launch(in *os.File) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	// What the starter had open without meaning to hand it on stays with it.
	if err := unix.CloseRange(readyFD+1, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("keep inherited files from the supervisor: %w", err)
	}
	_, err = syscall.ForkExec(self, []string{"gemba-worker", "supervise", stayFlag}, &syscall.ProcAttr{
		Dir:   "/", // it must not keep a file system busy
		Files: []uintptr{in.Fd(), null.Fd(), null.Fd(), readyFD},
		Env:   []string{"GOMAXPROCS=1"}, // it mostly waits; with one processor its threads do not wake each other
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	return nil
}
