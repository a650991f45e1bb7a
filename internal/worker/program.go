package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// shell runs scripts.
const shell = "/bin/sh"

// scriptFD is where a shell finds its script. The script closes it in its first line.
const scriptFD = 3

// program is something that can be started.
type program struct {
	path   string
	argv   []string
	dir    string
	env    []string
	script *os.File // in memory; nil for an argv
}

// findProgram finds what argv names, in the PATH of env where it is a bare
// name, or prepares script for `sh -e`. Errors say why it cannot be started.
func findProgram(argv []string, script, dir string, env []string) (*program, error) {
	if dir == "" {
		dir = "/"
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("the directory %s to run in does not exist", dir)
	case err != nil:
		return nil, fmt.Errorf("the directory to run in: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s, to run in, is not a directory", dir)
	}
	p := &program{argv: argv, dir: dir, env: append([]string(nil), env...)}
	if script != "" {
		return p, p.take(script)
	}
	p.path, err = findExecutable(argv[0], dir, env)
	return p, err
}

// take makes p a shell that reads script from memory: a script may be longer
// than an argument, and is nobody else's business.
func (p *program) take(script string) error {
	fd, err := unix.MemfdCreate("script", unix.MFD_CLOEXEC)
	if err != nil {
		return fmt.Errorf("hold the script: %w", err)
	}
	p.script = os.NewFile(uintptr(fd), "script")
	p.path = shell
	p.argv = []string{"sh", "-e", fmt.Sprintf("/dev/fd/%d", scriptFD)}
	// On the first line, so that line numbers in messages are those of the script.
	_, err = p.script.WriteString(fmt.Sprintf("exec %d<&-; ", scriptFD) + script)
	return err
}

func (p *program) start(out, err *os.File, sys *syscall.SysProcAttr) (pid int, failed error) {
	null, failed := os.Open(os.DevNull)
	if failed != nil {
		return 0, failed
	}
	defer null.Close()
	files := []uintptr{null.Fd(), out.Fd(), err.Fd()}
	if p.script != nil {
		files = append(files, p.script.Fd())
	}
	pid, failed = syscall.ForkExec(p.path, p.argv, &syscall.ProcAttr{Dir: p.dir, Env: p.env, Files: files, Sys: sys})
	if failed != nil {
		return 0, explain(p.path, failed)
	}
	return pid, nil
}

func (p *program) close() {
	if p.script != nil {
		_ = p.script.Close()
	}
}

// findExecutable follows the rule of execvp(3) with the PATH of env.
func findExecutable(name, dir string, env []string) (string, error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	if strings.Contains(name, "/") {
		return filepath.Join(dir, name), nil
	}
	path := lookup(env, "PATH")
	for _, place := range filepath.SplitList(path) {
		if place == "" {
			place = "."
		}
		candidate := filepath.Join(place, name)
		if !filepath.IsAbs(candidate) {
			candidate = filepath.Join(dir, candidate)
		}
		info, err := os.Stat(candidate)
		if err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	if path == "" {
		return "", fmt.Errorf("there is no program %s: PATH is empty", name)
	}
	return "", fmt.Errorf("there is no program %s in PATH (%s)", name, path)
}

// explain says why a program could not be executed.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT):
		if _, missing := os.Stat(path); missing == nil {
			return fmt.Errorf("%s cannot be executed: the interpreter or loader that it names does not exist", path)
		}
		return fmt.Errorf("there is no program %s", path)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%s may not be executed: permission denied", path)
	case errors.Is(err, unix.ENOEXEC):
		return fmt.Errorf("%s is not a program for this machine, and names no interpreter", path)
	}
	return fmt.Errorf("execute %s: %w", path, err)
}

// lookup returns the value of a variable; the last of its entries counts.
func lookup(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value
		}
	}
	return ""
}
