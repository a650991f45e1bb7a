package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

var errHeld = errors.New("another supervisor has this directory")

// reserved is more than any exit record needs.
const reserved = 8 << 10

// record is the directory of a supervisor: its lock, its status and, at the
// end, the exit.
type record struct {
	dir     string
	lock    *os.File
	reserve *os.File // space for the exit, taken at the start, so that a full disk cannot keep it from being written
}

// openRecord takes the directory for this supervisor and clears what an
// earlier one left, except its log.
func openRecord(dir string) (*record, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, wire.LockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		lock.Close()
		return nil, errHeld
	}
	r := &record{dir: dir, lock: lock}
	if err := r.begin(); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *record) begin() error {
	if err := os.Remove(r.path(wire.ExitFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	reserve, err := os.OpenFile(r.path(wire.ExitFile+".new"), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	r.reserve = reserve
	err = unix.Fallocate(int(reserve.Fd()), 0, 0, reserved)
	if err == unix.EOPNOTSUPP || err == unix.ENOSYS {
		_, err = reserve.Write(make([]byte, reserved))
	}
	if err != nil {
		return fmt.Errorf("reserve space for the exit record: %w", err)
	}
	return nil
}

func (r *record) path(name string) string { return filepath.Join(r.dir, name) }

// keepStatus replaces the status. It is not synced: it serves those who come
// when this process was killed, and it is worth nothing after a reboot.
func (r *record) keepStatus(status wire.Status) error {
	content, err := json.Marshal(status)
	if err != nil {
		return err
	}
	temporary := r.path(wire.StatusFile + ".new")
	if err := os.WriteFile(temporary, append(content, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, r.path(wire.StatusFile))
}

// keepExit makes the exit durable, in the space that was reserved.
func (r *record) keepExit(exit wire.Exit) error {
	content, err := json.Marshal(exit)
	if err != nil {
		return err
	}
	content = append(content, '\n')
	if _, err := r.reserve.WriteAt(content, 0); err != nil {
		return err
	}
	if err := r.reserve.Truncate(int64(len(content))); err != nil {
		return err
	}
	if err := r.reserve.Sync(); err != nil {
		return err
	}
	return os.Rename(r.reserve.Name(), r.path(wire.ExitFile))
}

func (r *record) close() {
	if r.reserve != nil {
		r.reserve.Close()
	}
	r.lock.Close()
}
