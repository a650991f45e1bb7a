package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"gemba"
)

// Armed is what a guard watches over.
type Armed struct {
	Run     string    `json:"run"`
	Host    string    `json:"host"`
	Seconds int       `json:"seconds"`           // it waits after the end of the apply
	Because []string  `json:"because"`           // addresses of what may cut the link
	Units   []string  `json:"units,omitempty"`   // they read what may be put back
	Since   time.Time `json:"since,omitzero"`    // the end of the apply
	Undoing bool      `json:"undoing,omitempty"` // the time is over, and things are being put back
}

// guardFiles are the guard's files below the state of a host: armed is there while a guard waits, lock is held by it as long as it
// lives, turn by who reads and writes armed, report holds what a guard did until somebody takes it.
type guardFiles string

func guardOf(state string) guardFiles { return guardFiles(filepath.Join(state, "guard")) }

func (g guardFiles) path(name string) string { return filepath.Join(string(g), name) }

// take waits for the turn.
func (g guardFiles) take() (release func(), err error) {
	if err := os.MkdirAll(string(g), 0o700); err != nil {
		return nil, fmt.Errorf("making a place for the guard: %w", err)
	}
	f, err := os.OpenFile(g.path("turn"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("taking the guard's turn: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("taking the guard's turn: %w", err)
	}
	return func() { f.Close() }, nil
}

func (g guardFiles) armed() (armed Armed, there bool, err error) {
	there, err = readJSON(g.path("armed"), &armed)
	return armed, there, err
}

// lives reports whether a guard holds its lock.
func (g guardFiles) lives() bool {
	f, err := os.OpenFile(g.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// Arm writes down what a guard is to watch over, before it is started.
func Arm(state string, armed Armed) error {
	g := guardOf(state)
	release, err := g.take()
	if err != nil {
		return err
	}
	defer release()
	return writeJSON(g.path("armed"), armed)
}

// Disarm forgets it again.
func Disarm(state string) error { return removeIfThere(guardOf(state).path("armed")) }

// HoldGuard takes the lock of a guard for as long as it lives.
func HoldGuard(state string) (*os.File, error) {
	f, err := os.OpenFile(guardOf(state).path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("taking the guard's lock: %w", err)
	}
	for range 50 { // somebody may be asking whether a guard lives
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return f, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	f.Close()
	return nil, errors.New("another guard waits on this host")
}

// Await notes that the apply is over, and that the guard waits from now on.
func Await(state string, now time.Time) (Armed, bool, error) {
	g := guardOf(state)
	release, err := g.take()
	if err != nil {
		return Armed{}, false, err
	}
	defer release()
	armed, there, err := g.armed()
	if err != nil || !there {
		return armed, false, err
	}
	armed.Since = now.UTC()
	return armed, true, writeJSON(g.path("armed"), armed)
}

// IsArmed reports whether a guard still waits for an apply to be confirmed.
func IsArmed(state, run string) bool {
	armed, there, err := guardOf(state).armed()
	return err != nil || there && armed.Run == run
}

// Act takes the decision to put things back; false when it was confirmed at the last moment.
func Act(state, run string) (bool, error) {
	g := guardOf(state)
	release, err := g.take()
	if err != nil {
		return false, err
	}
	defer release()
	armed, there, err := g.armed()
	if err != nil || !there || armed.Run != run {
		return false, err
	}
	armed.Undoing = true
	return true, writeJSON(g.path("armed"), armed)
}

// Report writes down what the guard did, and ends its watch.
func Report(state string, undone gemba.Undone) error {
	g := guardOf(state)
	return errors.Join(writeJSON(g.path("report"), undone), removeIfThere(g.path("armed")))
}

// Confirm ends the watch over an apply. It is settled when that has been done, or when nothing is watched any more; until then the
// apply is not over, or things are being put back.
func Confirm(state, run string) (confirmed, settled bool, err error) {
	g := guardOf(state)
	release, err := g.take()
	if err != nil {
		return false, false, err
	}
	defer release()
	armed, there, err := g.armed()
	switch {
	case err != nil:
		return false, false, err
	case !there || armed.Run != run:
		return false, true, nil
	case !g.lives(): // a crash of the host ended it; that the host was reached is what counts
		return true, true, Disarm(state)
	case armed.Undoing || armed.Since.IsZero():
		return false, false, nil
	}
	return true, true, Disarm(state)
}

// Guarded is the apply that a guard waits for; "" when none does.
func Guarded(state string) (string, error) {
	g := guardOf(state)
	armed, there, err := g.armed()
	if err != nil || !there {
		return "", err
	}
	if g.lives() {
		return armed.Run, nil
	}
	return "", Disarm(state) // its guard ended with the host; somebody is here, so the host can be reached
}

// TakeReport returns, once, what a guard did; nil when it did nothing. A run is that of which it is asked, "" is any.
func TakeReport(state, run string) (*gemba.Undone, error) {
	at := guardOf(state).path("report")
	var undone gemba.Undone
	there, err := readJSON(at, &undone)
	if err != nil || !there || run != "" && undone.Run != run {
		return nil, err
	}
	return &undone, removeIfThere(at)
}

func readJSON(path string, into any) (bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	return true, nil
}

// writeJSON puts a value into a file, whole and durably.
func writeJSON(path string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, removeIfThere(f.Name())))
	}
	return syncDir(filepath.Dir(path))
}
