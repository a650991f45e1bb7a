package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"gemba"
)

// paths are the places of the state directory; docs/formats/state.md describes them.
type paths struct{ state, runtime string }

func (p paths) database() string  { return filepath.Join(p.state, "state.db") }
func (p paths) artifacts() string { return filepath.Join(p.state, "artifacts") }
func (p paths) tasks() string     { return filepath.Join(p.state, "tasks") }
func (p paths) metrics() string   { return filepath.Join(p.state, "metrics") }
func (p paths) edge() string      { return filepath.Join(p.state, "edge") }
func (p paths) lock() string      { return filepath.Join(p.state, "lock") }

func (p paths) work(run int64) string {
	return filepath.Join(p.state, "work", strconv.FormatInt(run, 10))
}

func (p paths) stepLog(run int64, step int) string {
	return filepath.Join(p.state, "logs", strconv.FormatInt(run, 10), strconv.Itoa(step)+".log")
}

func (p paths) release(environment, service string, artifact gemba.Digest) string {
	return filepath.Join(p.state, "releases", environment, service, artifact.Hex())
}

func (p paths) data(environment, service string) string {
	return filepath.Join(p.state, "data", environment, service)
}

func (p paths) edgeSocket() string { return filepath.Join(p.runtime, "edge.sock") }

// prepare makes the directories, private to their owner, and keeps the state out of git by itself.
func (p paths) prepare() error {
	for _, dir := range []string{p.state, p.tasks(), p.edge(), p.runtime} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return gemba.Fail(gemba.Forbidden, "the state directory cannot be used", err.Error(), "choose another with --state DIR")
		}
	}
	if err := owned(p.runtime); err != nil {
		return err
	}
	ignore := filepath.Join(p.state, ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	if err := os.WriteFile(ignore, []byte("*\n"), 0o600); err != nil {
		return gemba.Fail(gemba.Forbidden, "the state directory cannot be written", err.Error(), "choose another with --state DIR")
	}
	return nil
}

// owned refuses a directory for sockets that somebody else made: under /tmp anybody could.
func owned(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("looking at the runtime directory: %w", err)
	}
	if uid, ok := ownerOf(info); !info.IsDir() || info.Mode().Perm()&0o077 != 0 || ok && uid != os.Getuid() {
		return gemba.Fail(gemba.Forbidden, "the runtime directory is not ours alone", dir+" belongs to somebody else or is open to others", "remove it, or set XDG_RUNTIME_DIR")
	}
	return nil
}
