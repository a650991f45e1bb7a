package fleettest

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock is held until it is released or this process ends, however it ends.
type lock struct{ file *os.File }

// lockFile waits for the lock of a file.
func lockFile(path string) (*lock, error) { return flock(path, syscall.LOCK_EX) }

// tryLock returns nothing when another holds the lock.
func tryLock(path string) (*lock, error) {
	held, err := flock(path, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return held, err
}

func flock(path string, how int) (*lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(int(file.Fd()), how)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &lock{file}, nil
}

// release unlocks by name: a child that is just being started may still share the file.
func (l *lock) release() {
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	l.file.Close()
}
