package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/driver/process"
	"gemba/internal/wire"
)

// localRuntime runs processes on this machine, each under its own supervisor: it implements deploy.Runtime.
type localRuntime struct{ *App }

// Data implements deploy.Runtime.
func (r *localRuntime) Data(_ context.Context, environment, service string) (string, error) {
	dir := r.paths.data(environment, service)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the service's data directory: %w", err)
	}
	return dir, nil
}

// Instances implements deploy.Runtime.
func (r *localRuntime) Instances(ctx context.Context, environment, service string) ([]deploy.Instance, error) {
	ids, err := r.tasks.IDs()
	if err != nil {
		return nil, fmt.Errorf("listing supervisors: %w", err)
	}
	var found []deploy.Instance
	for _, name := range ids {
		id, ok := deploy.ParseID(name)
		if !ok || id.Environment != environment || id.Service != service {
			continue
		}
		task, err := r.tasks.Find(name)
		if err != nil {
			continue // it was removed meanwhile
		}
		found = append(found, look(ctx, id, task))
	}
	return found, nil
}

func look(ctx context.Context, id deploy.ID, task *process.Supervisor) deploy.Instance {
	seen := deploy.Instance{ID: id}
	status, err := task.Status(ctx)
	if err != nil {
		return seen // its supervisor is gone
	}
	seen.Alive = status.State != "ended" && status.State != "stopping"
	seen.Since, seen.Restarts, seen.Next = status.Since, status.Restarts, status.Next
	if status.Child != nil {
		seen.Serving, seen.PID = status.State == "running", status.Child.PID
	}
	if status.Last != nil {
		seen.LastExit = describe(*status.Last)
	}
	return seen
}

// Start implements deploy.Runtime.
func (r *localRuntime) Start(ctx context.Context, start deploy.Start) error {
	order := wire.Spec{
		ID: start.ID.String(), Argv: start.Argv, WorkDir: start.Dir, Env: start.Env, Secrets: start.Secrets, Cron: start.Cron,
		StopGrace: gemba.Duration(start.StopGrace),
		Log:       wire.LogPolicy{Rotate: 16 << 20, Keep: 4},
	}
	if start.Cron == "" {
		order.Restart = &wire.Restart{Min: gemba.Duration(500 * time.Millisecond), Max: gemba.Duration(30 * time.Second), Reset: gemba.Duration(30 * time.Second)}
	}
	_, err := r.tasks.Start(ctx, order)
	return err
}

// Stop implements deploy.Runtime.
func (r *localRuntime) Stop(ctx context.Context, id deploy.ID) error {
	task, err := r.tasks.Find(id.String())
	if err != nil {
		if gemba.CodeOf(err) == gemba.NotFound {
			return nil
		}
		return err
	}
	if _, err := task.Stop(ctx); err != nil {
		return err
	}
	if err := task.Clear(ctx); err != nil {
		return err
	}
	return task.Remove()
}

// Port implements deploy.Runtime.
func (r *localRuntime) Port(context.Context) (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Tail implements deploy.Runtime.
func (r *localRuntime) Tail(ctx context.Context, id deploy.ID, lines int) []gemba.LogLine {
	task, err := r.tasks.Find(id.String())
	if err != nil {
		return nil
	}
	last, err := tail(ctx, task.LogPath(), lines)
	if err != nil {
		return nil
	}
	return last
}

// Run implements deploy.Runtime.
func (r *localRuntime) Run(ctx context.Context, start deploy.Start) error {
	order := wire.Spec{
		ID: "check-" + strconv.FormatInt(time.Now().UnixNano(), 36), Argv: start.Argv, WorkDir: start.Dir, Env: start.Env, Secrets: start.Secrets,
		Timeout: gemba.Duration(10 * time.Second), Log: wire.LogPolicy{Limit: 64 << 10},
	}
	task, err := r.tasks.Start(ctx, order)
	if err != nil {
		return err
	}
	exit, err := task.Wait(ctx)
	if err != nil {
		return errors.Join(err, r.clearTask(task))
	}
	if err := r.clearTask(task); err != nil {
		return err
	}
	if !exit.OK() {
		return fmt.Errorf("%s %s", strings.Join(start.Argv, " "), describe(exit))
	}
	return nil
}

func (r *localRuntime) clearTask(task *process.Supervisor) error {
	ctx := context.Background()
	if _, err := task.Stop(ctx); err != nil {
		return err
	}
	return task.Remove()
}

// tail reads the last lines of a log.
func tail(ctx context.Context, path string, lines int) ([]gemba.LogLine, error) {
	var last []gemba.LogLine
	err := process.Follow(ctx, path, 0, func() bool { return false }, func(line gemba.LogLine, _ int64) error {
		last = append(last, line)
		if lines > 0 && len(last) > 2*lines {
			last = slices.Clone(last[len(last)-lines:])
		}
		return nil
	})
	if lines > 0 && len(last) > lines {
		last = last[len(last)-lines:]
	}
	return last, err
}

// portIsFree reports whether nothing listens on a loopback port.
func portIsFree(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func parent(path string) string { return path[:strings.LastIndexByte(path, '/')] }
