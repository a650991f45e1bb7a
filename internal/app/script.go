package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gemba"
	"gemba/internal/build"
	"gemba/internal/driver/process"
	"gemba/internal/pipeline"
	"gemba/internal/wire"
)

// Where a build finds things: the same on every machine, so that paths in what it makes are the same too.
const (
	inSource = "/src"
	inCache  = "/cache"
	inHome   = "/home/build"
)

// script is one run of a service's own words in a sandbox: a build or a test.
type script struct {
	id      string
	text    string
	service gemba.Service
	network bool
	env     map[string]gemba.Value
	beside  []gemba.Companion
	source  string // directory of the clean copy
	timeout time.Duration
	secrets *vaultOf
	afresh  func(context.Context) error // makes the clean copy again for a second start; nil where what is there will do
}

// exec runs the script. When its supervisor is killed, which says nothing of the script, it starts clean once more.
func (a *App) exec(ctx context.Context, s script, job pipeline.Job) (*process.Supervisor, wire.Exit, error) {
	task, exit, err := a.execOnce(ctx, s, job)
	if err != nil || exit.Reason != "lost" {
		return task, exit, err
	}
	if s.afresh != nil {
		if err := s.afresh(ctx); err != nil {
			return nil, exit, err
		}
	}
	return a.execOnce(ctx, s, job)
}

// execOnce runs the script under a supervisor of its own, or takes up the one that an earlier server started.
func (a *App) execOnce(ctx context.Context, s script, job pipeline.Job) (*process.Supervisor, wire.Exit, error) {
	task, err := a.adopt(ctx, s.id)
	if err != nil {
		return nil, wire.Exit{}, err
	}
	if task == nil {
		order, err := a.sandboxed(ctx, s)
		if err != nil {
			return nil, wire.Exit{}, err
		}
		if task, err = a.tasks.Start(ctx, order); err != nil {
			return nil, wire.Exit{}, err
		}
	}
	exit, err := a.await(ctx, task)
	return task, exit, err
}

// adopt finds the supervisor of that name. One that died without a record is cleared away, so that nothing of it is left when it starts again.
func (a *App) adopt(ctx context.Context, id string) (*process.Supervisor, error) {
	if id == "" {
		return nil, nil
	}
	task, err := a.tasks.Find(id)
	if gemba.CodeOf(err) == gemba.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := task.Status(ctx); err == nil {
		return task, nil // it still runs
	}
	if exit, err := task.Wait(ctx); err == nil && exit.Reason != "lost" {
		return task, nil // it ended while nobody looked
	}
	if err := task.Clear(ctx); err != nil {
		return nil, fmt.Errorf("clearing what is left of %s: %w", id, err)
	}
	return nil, task.Remove()
}

// await waits for the end. When the person who waits gives up, so does the script.
func (a *App) await(ctx context.Context, task *process.Supervisor) (wire.Exit, error) {
	exit, err := task.Wait(ctx)
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), pipeline.ErrCancelled) {
		if _, err := task.Stop(context.WithoutCancel(ctx)); err != nil {
			return exit, fmt.Errorf("stopping what was cancelled: %w", err)
		}
	}
	return exit, err
}

// sandboxed works out what the supervisor is told.
func (a *App) sandboxed(ctx context.Context, s script) (wire.Spec, error) {
	cache := a.cacheOf(s.service.Name)
	home := filepath.Join(filepath.Dir(s.source), "home")
	for _, dir := range []string{cache, home} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return wire.Spec{}, fmt.Errorf("making a directory for the build: %w", err)
		}
	}
	env, err := a.buildEnvironment(ctx, s, nil)
	if err != nil {
		return wire.Spec{}, err
	}
	secrets, err := s.secrets.values(ctx, s.secretNames())
	if err != nil {
		return wire.Spec{}, err
	}
	uid := buildUser(s.service.Name)
	sandbox := &wire.Sandbox{
		UID: uid, GID: uid, Network: s.network,
		Write: []wire.Mount{{Source: s.source, Target: inSource}, {Source: cache, Target: inCache}, {Source: home, Target: inHome}},
	}
	for _, path := range s.service.Build.Cache {
		kept := filepath.Join(cache, "paths", path)
		if err := os.MkdirAll(kept, 0o755); err != nil {
			return wire.Spec{}, fmt.Errorf("making the cache %s: %w", path, err)
		}
		sandbox.Write = append(sandbox.Write, wire.Mount{Source: kept, Target: inSource + "/" + filepath.ToSlash(filepath.Join(s.service.Dir, path))})
	}
	for _, tool := range s.service.Build.Tools {
		sandbox.Read = append(sandbox.Read, wire.Mount{Source: tool, Target: tool})
	}
	sandbox.Read = append(sandbox.Read, a.certificates()...)
	order := wire.Spec{
		ID: s.id, Script: s.text, WorkDir: inSource + "/" + s.service.Dir, Env: env, Secrets: secrets, Sandbox: sandbox,
		Timeout: gemba.Duration(s.timeout), StopGrace: gemba.Duration(5 * time.Second), Log: wire.LogPolicy{Limit: s.service.Build.LogLimit},
	}
	for _, c := range s.beside {
		argv, err := words(c.Command)
		if err != nil {
			return order, err
		}
		beside, err := a.buildEnvironment(ctx, s, c.Env)
		if err != nil {
			return order, err
		}
		order.Beside = append(order.Beside, wire.Beside{Name: c.Name, Argv: argv, Env: beside, Port: c.Port})
	}
	return order, nil
}

// buildEnvironment is all that a build inherits: a fixed part, the declared list, and what the recipe sets,
// with what more sets.
func (a *App) buildEnvironment(ctx context.Context, s script, more map[string]gemba.Value) ([]string, error) {
	env := map[string]string{"PATH": a.searchPath(s.service), "HOME": inHome, "USER": "build", "LANG": "C.UTF-8", "TZ": "UTC", "CI": "true", "GEMBA": "build", "GEMBA_SERVICE": s.service.Name}
	maps.Copy(env, build.CacheVariables(inCache))
	for _, name := range append(slices.Clone(build.Inherited), s.service.Build.Inherit...) {
		if value := a.options.Getenv(name); value != "" {
			env[name] = value
		}
	}
	for _, layer := range []map[string]gemba.Value{s.service.Build.Env, s.env, more} {
		for name, value := range layer {
			text, err := s.secrets.resolve(ctx, value)
			if err != nil {
				return nil, fmt.Errorf("the environment variable %s: %w", name, err)
			}
			env[name] = text
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list, nil
}

// secretNames are the secrets that the script, or a program beside it, is given.
func (s script) secretNames() []string {
	layers := []map[string]gemba.Value{s.service.Build.Env, s.env}
	for _, c := range s.beside {
		layers = append(layers, c.Env)
	}
	names := map[string]bool{}
	for _, layer := range layers {
		for _, value := range layer {
			for _, name := range value.Secrets() {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// searchPath is where a build finds programs: the system's places, those of the server's own path that the
// sandbox shows, and declared toolchains.
func (a *App) searchPath(service gemba.Service) string {
	var dirs []string
	for _, tool := range service.Build.Tools {
		dirs = append(dirs, filepath.Join(tool, "bin"), tool)
	}
	for _, dir := range append(filepath.SplitList(a.options.Getenv("PATH")), "/usr/local/go/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin") {
		if visible(dir) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return strings.Join(dirs, string(filepath.ListSeparator))
}

func visible(dir string) bool {
	for _, root := range []string{"/usr/", "/bin", "/sbin", "/opt/", "/nix/"} {
		if strings.HasPrefix(dir, root) {
			return true
		}
	}
	return false
}

// certificates are the files that inherited variables name, outside what every sandbox shows.
func (a *App) certificates() []wire.Mount {
	var mounts []wire.Mount
	for _, name := range build.CertificateFiles {
		path := a.options.Getenv(name)
		if path == "" || strings.HasPrefix(path, "/etc/ssl") || visible(path) {
			continue
		}
		if _, err := os.Stat(path); err == nil {
			mounts = append(mounts, wire.Mount{Source: path, Target: path})
		}
	}
	return mounts
}

func (a *App) cacheOf(service string) string {
	root := a.options.Cache
	if root == "" {
		root = filepath.Join(a.paths.state, "cache")
	}
	return filepath.Join(root, service)
}

func words(values []gemba.Value) ([]string, error) {
	var argv []string
	for _, v := range values {
		text, err := v.Resolve(func(p gemba.Part) (string, error) {
			return "", gemba.Fail(gemba.Invalid, "a program beside a test can use neither ports of releases nor secrets in its arguments", v.String(), "")
		})
		if err != nil {
			return nil, err
		}
		argv = append(argv, text)
	}
	return argv, nil
}

// taskName names the supervisor of a step's script, the same after a restart of the server.
func taskName(run int64, step gemba.Step) string {
	return fmt.Sprintf("run-%d-%d-%d", run, step.Index, step.Attempt)
}
