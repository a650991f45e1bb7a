package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"gemba"
)

// lockState makes this process the only server of a state directory. The kernel drops the lock with the process.
func lockState(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, gemba.Fail(gemba.Forbidden, "the state directory cannot be locked", err.Error(), "choose another with --state DIR")
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 32)
		n, _ := f.Read(holder)
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, gemba.Fail(gemba.Conflict, "another server uses this state directory", "process "+strings.TrimSpace(string(holder[:n])), "gemba down  ends it, with the XDG_RUNTIME_DIR that it was started with: its socket is there")
		}
		return nil, fmt.Errorf("locking the state directory: %w", err)
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, fmt.Errorf("writing the lock: %w", err)
	}
	if _, err := f.WriteAt([]byte(fmt.Sprintln(os.Getpid())), 0); err != nil {
		f.Close()
		return nil, fmt.Errorf("writing the lock: %w", err)
	}
	return f, nil
}

func ownerOf(info fs.FileInfo) (int, bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
