package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// plan is what the init of a sandbox is to do. It is handed over in memory.
type plan struct {
	Argv    []string
	Script  string
	WorkDir string
	Env     []string
	Mark    string
	Beside  []wire.Beside
	World   *wire.Sandbox // nil: the machine as it is
	Base    string        // a directory to mount the new root on; only the sandbox sees it there
	UID     int
	GID     int
	User    bool // in a user namespace: there is no other user to become
	Probe   bool // only build the world
}

// plan makes the plan of an isolated program, or of one that shares the machine.
func (s *supervisor) plan(isolated bool) (plan, error) {
	for _, b := range s.spec.Beside {
		if b.Name == "" || strings.ContainsAny(b.Name, " \n:+") || len(b.Argv) == 0 {
			return plan{}, fmt.Errorf("the program %q beside needs a plain name and a command", b.Name)
		}
	}
	p := plan{
		Argv: s.spec.Argv, Script: s.spec.Script, WorkDir: s.spec.WorkDir, Env: s.spec.Env,
		Mark: wire.Mark(s.spec.ID, s.spec.Dir), Beside: s.spec.Beside, Base: s.spec.Dir,
	}
	if isolated {
		p.enclose(*s.spec.Sandbox)
	} else {
		p.UID, p.GID = os.Geteuid(), os.Getegid()
		p.translate(s.spec.Sandbox)
	}
	return p, nil
}

// enclose gives p a world of its own, as another user where the supervisor is root.
func (p *plan) enclose(world wire.Sandbox) {
	p.World = &world
	p.UID, p.GID = os.Geteuid(), os.Getegid()
	p.User = p.UID != 0
	if !p.User && world.UID != 0 {
		p.UID, p.GID = world.UID, world.GID
	}
}

// translate leads paths of a sandbox that could not be made to where they are
// on the machine: the directory to run in, arguments and variables that are
// such a path, and each part of one that is a list. The text of a script stays.
func (p *plan) translate(world *wire.Sandbox) {
	if world == nil {
		return
	}
	mounts := slices.Concat(world.Write, world.Read)
	// The longest target decides.
	slices.SortStableFunc(mounts, func(a, b wire.Mount) int { return len(b.Target) - len(a.Target) })
	place := func(path string) string {
		for _, m := range mounts {
			if rest, ok := below(path, m.Target); ok {
				return filepath.Join(m.Source, rest)
			}
		}
		return path
	}
	places := func(argv []string) []string {
		out := make([]string, len(argv))
		for i, arg := range argv {
			out[i] = place(arg)
		}
		return out
	}
	environment := func(env []string) []string {
		out := make([]string, len(env))
		for i, entry := range env {
			name, value, _ := strings.Cut(entry, "=")
			out[i] = name + "=" + strings.Join(places(strings.Split(value, ":")), ":")
		}
		return out
	}
	p.WorkDir, p.Argv, p.Env = place(p.WorkDir), places(p.Argv), environment(p.Env)
	p.Beside = slices.Clone(p.Beside)
	for i := range p.Beside {
		p.Beside[i].Argv = places(p.Beside[i].Argv)
		p.Beside[i].Env = environment(p.Beside[i].Env)
	}
}

// below returns path relative to dir; ok is false when it is not in dir.
func below(path, dir string) (rest string, ok bool) {
	if !filepath.IsAbs(path) || dir == "" {
		return "", false
	}
	rest, err := filepath.Rel(dir, path)
	if err != nil || rest == ".." || strings.HasPrefix(rest, "../") {
		return "", false
	}
	return rest, true
}

// file puts the plan where only the init can read it.
func (p *plan) file() (*os.File, error) {
	content, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("plan", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("hold the plan: %w", err)
	}
	file := os.NewFile(uintptr(fd), "plan")
	if _, err := file.WriteAt(content, 0); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func readPlan(file *os.File) (plan, error) {
	var p plan
	content, err := os.ReadFile(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	if err != nil {
		return p, err
	}
	err = json.NewDecoder(bytes.NewReader(content)).Decode(&p)
	return p, errors.Join(err, file.Close())
}
