package edge

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"gemba"
	"gemba/internal/edge/control"
)

const (
	drain   = 10 * time.Second // for requests under way, once told to stop
	mending = time.Second      // between two tries to open routes that are shut
)

// Run is the program gemba-edge: it serves until the first signal, lets
// requests under way end for ten seconds, and returns at once on the second.
func Run(args []string, stderr io.Writer, signals <-chan os.Signal) error {
	options, socket, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := settle(options.Dir); err != nil {
		return err
	}
	options.Log = slog.New(slog.NewTextHandler(stderr, nil))
	e, err := Open(options)
	if err != nil {
		return err
	}
	if e.mended != nil {
		options.Log.Error("the table was mended", "error", e.mended)
	}
	listener, err := control.Listen(socket)
	if err != nil {
		return errors.Join(err, e.Close(context.Background()))
	}
	server := &http.Server{Handler: control.Handler(e), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	options.Log.Info("ready", "socket", socket, "routes", len(e.table.Routes()))

	stopErr := e.watch(signals, served)
	return errors.Join(stopErr, e.stop(server, signals))
}

// watch mends shut routes until the edge is told to stop.
func (e *Edge) watch(signals <-chan os.Signal, served <-chan error) error {
	tick := time.NewTicker(mending)
	defer tick.Stop()
	for {
		select {
		case <-signals:
			return nil
		case err := <-served:
			return fmt.Errorf("serving the control socket: %w", err)
		case <-tick.C:
			e.Mend(context.Background())
		}
	}
}

// stop closes the edge gracefully, or gives up at the next signal.
func (e *Edge) stop(server *http.Server, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := e.Close(ctx)
	// The socket goes last: while requests end, Gemba may ask how many are left.
	if closeErr := server.Close(); !errors.Is(closeErr, net.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		e.options.Log.Warn("stopped with requests under way", "connections", e.conns.open.Load())
		return nil
	}
	return err
}

func parse(args []string, stderr io.Writer) (o Options, socket string, err error) {
	flags := flag.NewFlagSet("gemba-edge", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.Dir, "dir", "", "directory of the table, certificates and the local authority")
	flags.StringVar(&socket, "socket", "", "unix socket to be controlled by")
	flags.IntVar(&o.HTTPPort, "http-port", 80, "port of domains that redirects to HTTPS")
	flags.IntVar(&o.HTTPSPort, "https-port", 443, "port of domains")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return o, "", err
	} else if err != nil {
		return o, "", gemba.Fail(gemba.Invalid, "gemba-edge does not understand its arguments", err.Error(), "gemba-edge --help")
	}
	if o.Dir == "" || socket == "" || flags.NArg() > 0 {
		return o, "", gemba.Fail(gemba.Invalid, "gemba-edge needs --dir and --socket, and nothing else", "", "gemba-edge --help")
	}
	o.Dir, err = filepath.Abs(o.Dir)
	return o, socket, err
}

// settle keeps Caddy within the edge's directory, whatever the environment
// says, and quiet towards a service manager that watches somebody else.
func settle(dir string) error {
	home := filepath.Join(dir, homeName)
	return errors.Join(
		os.Setenv("XDG_DATA_HOME", home),
		os.Setenv("XDG_CONFIG_HOME", home),
		os.Unsetenv("NOTIFY_SOCKET"),
	)
}
