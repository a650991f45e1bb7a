// Package serve is the life of the server process: it opens the app, offers
// its faces, and ends or becomes a newer executable when it is told to.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/api"
	"gemba/internal/api/contract"
	"gemba/internal/app"
)

// Run serves until it is told to stop and returns the exit code.
func Run(ctx context.Context, args []string, stderr io.Writer, getenv func(string) string) int {
	o, err := parse(args, stderr, getenv)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	ready := announce(o.readyFD)
	err = (&process{options: o, log: slog.New(slog.NewTextHandler(stderr, nil)), getenv: getenv, ready: ready}).run(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, err)
	ready(err)
	return 1
}

type options struct {
	state, cache, dashboard string
	readyFD                 int
	httpPort, httpsPort     int
	portsFrom               int
	watchEvery, driftEvery  time.Duration
}

func parse(args []string, stderr io.Writer, getenv func(string) string) (options, error) {
	var o options
	flags := flag.NewFlagSet("gemba-server", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.state, "state", "", "state `directory`, absolute")
	flags.StringVar(&o.cache, "cache", getenv("GEMBA_CACHE"), "`directory` for the caches of toolchains; default below the state directory")
	flags.StringVar(&o.dashboard, "dashboard", "127.0.0.1:0", "loopback `address` of the dashboard")
	flags.IntVar(&o.readyFD, "ready-fd", 0, "file descriptor that is told when the server answers")
	flags.IntVar(&o.httpPort, "http-port", 0, "port of the edge for declared domains")
	flags.IntVar(&o.httpsPort, "https-port", 0, "port of the edge for declared domains, with TLS")
	flags.DurationVar(&o.watchEvery, "watch-every", 0, "pause between two probes of a process")
	flags.IntVar(&o.portsFrom, "ports-from", integer(getenv("GEMBA_PORTS_FROM")), "loopback ports of environments are chosen from here on; default 8100")
	flags.DurationVar(&o.driftEvery, "drift-every", duration(getenv("GEMBA_DRIFT_EVERY")), "pause between two looks at hosts")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if !filepath.IsAbs(o.state) {
		return o, errors.New("gemba-server: --state has to be an absolute path")
	}
	return o, nil
}

// duration reads one; what is none is none.
func duration(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}

func integer(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// announce returns the way to tell who started the server, once, that it is ready or why it is not.
func announce(fd int) func(error) {
	if fd == 0 {
		return func(error) {}
	}
	syscall.CloseOnExec(fd) // what the server starts outlives it, and is not to keep the pipe open
	pipe := os.NewFile(uintptr(fd), "ready")
	return func(err error) {
		if pipe == nil {
			return
		}
		defer func() { pipe.Close(); pipe = nil }()
		if err == nil {
			fmt.Fprintln(pipe, "ok")
			return
		}
		failure := &gemba.Error{}
		if !errors.As(err, &failure) {
			failure = gemba.Fail(gemba.Internal, err.Error(), "", "")
		}
		_ = json.NewEncoder(pipe).Encode(failure) // who started it may have gone
	}
}

// process is one life of the server.
type process struct {
	options options
	log     *slog.Logger
	getenv  func(string) string
	ready   func(error)

	stop   context.CancelFunc
	become string // the executable to become after the end
	front  *dashboard
}

func (p *process) run(ctx context.Context) error {
	debug.SetGCPercent(50) // an idle server is to be small rather than quick
	ctx, p.stop = signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer p.stop()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the server's own path: %w", err)
	}
	self = strings.TrimSuffix(self, " (deleted)")
	runtime := contract.RuntimeDir(p.options.state, os.Getuid(), p.getenv)
	a, err := app.Open(ctx, app.Options{
		State: p.options.state, Runtime: runtime, Cache: p.options.cache,
		Programs:  app.Programs{Worker: filepath.Join(filepath.Dir(self), "gemba-worker"), Edge: filepath.Join(filepath.Dir(self), "gemba-edge")},
		PortsFrom: p.options.portsFrom, HTTPPort: p.options.httpPort, HTTPSPort: p.options.httpsPort, WatchEvery: p.options.watchEvery, DriftEvery: p.options.driftEvery,
		Version: gemba.Version, Log: p.log, Now: time.Now, Getenv: p.getenv,
	})
	if err != nil {
		return err
	}
	err = p.serve(ctx, a, contract.Socket(runtime))
	if err := errors.Join(err, a.Close()); err != nil {
		return err
	}
	if p.become != "" {
		return p.reexec(self)
	}
	return nil
}

// serve offers the faces until ctx ends.
func (p *process) serve(ctx context.Context, a *app.App, socket string) error {
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	if p.front, err = openDashboard(ctx, a, p.options.dashboard, p.log); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: api.OnlyOwner(api.New(a, p, p.log)), ConnContext: api.WithPeer, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	p.ready(nil)
	select {
	case <-ctx.Done():
	case err := <-failed:
		return fmt.Errorf("serving the socket: %w", err)
	}
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
	p.front.close()
	return nil
}

// listen takes the socket over from a server that has died; the lock on the state directory says that it has.
func listen(socket string) (net.Listener, error) {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing the socket of an earlier server: %w", err)
	}
	old := syscall.Umask(0o177)
	defer syscall.Umask(old)
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listening on the server's socket: %w", err)
	}
	return listener, nil
}

// Stop implements api.Controls: the answer is on its way when the server ends.
func (p *process) Stop() { time.AfterFunc(20*time.Millisecond, p.stop) }

// Reexec implements api.Controls.
func (p *process) Reexec(path string) {
	p.become = path
	p.Stop()
}

// Link implements api.Controls.
func (p *process) Link() (contract.Link, error) { return p.front.link() }

// reexec becomes the newer executable: same process, same arguments, state found again. What runs has its own supervisors and does not notice.
func (p *process) reexec(self string) error {
	path := p.become
	if path == "" {
		path = self
	}
	args := append([]string{path}, withoutReady(os.Args[1:])...)
	return fmt.Errorf("becoming %s: %w", path, syscall.Exec(path, args, os.Environ()))
}

func withoutReady(args []string) []string {
	var kept []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--ready-fd" {
			i++
			continue
		}
		kept = append(kept, args[i])
	}
	return kept
}
