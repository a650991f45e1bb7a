package deploy

import (
	"context"
	"time"

	"gemba"
)

// Runtime runs the processes of releases. An instance lives on its own, whether or not
// anybody looks; it is found again by its name.
type Runtime interface {
	// Unpack makes sure that the files of an artifact are there and returns their directory.
	Unpack(ctx context.Context, environment, service string, artifact gemba.Digest) (dir string, err error)
	// Data returns the directory that a service keeps in an environment, made when it is missing.
	Data(ctx context.Context, environment, service string) (dir string, err error)
	// Instances lists what is known of an environment's service: alive, ended or lost.
	Instances(ctx context.Context, environment, service string) ([]Instance, error)
	// Start starts an instance and returns once it runs or is known to have ended.
	Start(ctx context.Context, start Start) error
	// Stop ends an instance, every process of it, and forgets it. Stopping one that is gone is not an error.
	Stop(ctx context.Context, id ID) error
	// Port finds a port of loopback that nothing listens on.
	Port(ctx context.Context) (int, error)
	// Listens returns the addresses, host:port, that an instance accepts connections on, as far as can be seen.
	Listens(ctx context.Context, id ID) []string
	// Tail returns the last lines that an instance printed.
	Tail(ctx context.Context, id ID, lines int) []gemba.LogLine
	// Run runs a command in an instance's directory and environment, for health checks of that kind.
	Run(ctx context.Context, start Start) error
}

// Prober asks a process whether it works.
type Prober interface {
	// Ask returns nil for a good answer, and else says what the answer was: "GET /healthz answered 500".
	Ask(ctx context.Context, check gemba.Check, address string) error
}

// Secrets gives values and versions of secrets.
type Secrets interface {
	// Reveal returns the values of the secrets that a release uses, by name.
	Reveal(ctx context.Context, release gemba.Release) (map[string]gemba.Secret, error)
}

// Start is everything that an instance needs to run.
type Start struct {
	ID        ID
	Argv      []string
	Dir       string
	Env       []string // whole
	Secrets   []string // values in Env that no log may keep
	Cron      string   // schedule only
	StopGrace time.Duration
}

// Instance is one running of a process.
type Instance struct {
	ID       ID
	Alive    bool // it runs, or is being started again
	Serving  bool // its program runs now
	PID      int
	Since    time.Time
	Restarts int
	Next     time.Time // schedule only
	LastExit string    // how its program last ended; "" when it never did
}
