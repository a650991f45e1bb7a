package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gemba"
)

// Unhealthy is why a new release was not kept.
type Unhealthy struct {
	Process string
	Reason  string          // "exited with 1 at once", "GET /healthz answered 500 for 10 s"
	Log     []gemba.LogLine // the last lines that it printed
}

func (u *Unhealthy) Error() string { return u.Process + ": " + u.Reason }

// steady is how long a process without a health check has to run before it counts as running.
const steady = time.Second

// settled waits until an instance is healthy, or is known not to become so: a *Unhealthy.
func (d *Deployer) settled(ctx context.Context, process gemba.Process, id ID) error {
	began := d.Now()
	check, asked := checkOf(process)
	var answer error
	for tick := d.tick(); ; tick.wait(ctx) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		instance, err := d.instance(ctx, id)
		if err != nil {
			return err
		}
		waited := d.Now().Sub(began)
		if instance.LastExit != "" && process.Kind != gemba.Schedule {
			return d.unhealthy(ctx, process, id, instance.LastExit)
		}
		if !instance.Alive {
			return d.unhealthy(ctx, process, id, "it is gone")
		}
		if !asked {
			if process.Kind == gemba.Schedule || waited >= steady {
				return nil
			}
			continue
		}
		if answer = d.ask(ctx, check, process, id); answer == nil {
			return nil
		}
		if waited >= duration(check.Within) {
			return d.unhealthy(ctx, process, id, fmt.Sprintf("%v for %.0f s%s", answer, waited.Seconds(), d.elsewhere(ctx, id)))
		}
	}
}

// ask puts the health check's question to an instance once.
func (d *Deployer) ask(ctx context.Context, check gemba.Check, process gemba.Process, id ID) error {
	ctx, cancel := context.WithTimeout(ctx, duration(check.Timeout))
	defer cancel()
	if check.Kind != gemba.CheckCommand {
		return d.Prober.Ask(ctx, check, id.address())
	}
	placed, err := d.Store.Release(ctx, id.Environment, id.Service, id.Release)
	if err != nil {
		return err
	}
	start, err := d.prepare(ctx, placed, process, id)
	if err != nil {
		return err
	}
	start.Argv = check.Command
	return d.Runtime.Run(ctx, start)
}

func (d *Deployer) unhealthy(ctx context.Context, process gemba.Process, id ID, reason string) error {
	return &Unhealthy{Process: process.Name, Reason: reason, Log: d.Runtime.Tail(ctx, id, 10)}
}

// elsewhere says on which other addresses an instance listens that should listen on its port: the usual mistake.
func (d *Deployer) elsewhere(ctx context.Context, id ID) string {
	addresses := d.Runtime.Listens(ctx, id)
	if id.Port == 0 || len(addresses) == 0 || slices.Contains(addresses, id.address()) {
		return ""
	}
	return fmt.Sprintf("; it listens on %s, not on PORT (%d)", strings.Join(addresses, ", "), id.Port)
}

// checkOf returns the question to ask a process; a web process without a declared one has to accept connections.
func checkOf(process gemba.Process) (gemba.Check, bool) {
	if process.Health != nil {
		return *process.Health, true
	}
	if process.Kind == gemba.Web {
		return gemba.Check{Kind: gemba.CheckTCP, Within: gemba.Duration(30 * time.Second), Timeout: gemba.Duration(2 * time.Second)}, true
	}
	return gemba.Check{}, false
}

// ticker waits a little longer each time: a process that is up at once is seen at once.
type ticker struct{ pause time.Duration }

func (d *Deployer) tick() *ticker { return &ticker{2 * time.Millisecond} }

func (t *ticker) wait(ctx context.Context) {
	select {
	case <-time.After(t.pause):
	case <-ctx.Done():
	}
	t.pause = min(t.pause*3/2, 250*time.Millisecond)
}

func duration(d gemba.Duration) time.Duration { return time.Duration(d) }

// asUnhealthy returns err as a *Unhealthy, if it is one.
func asUnhealthy(err error) (*Unhealthy, bool) {
	var u *Unhealthy
	ok := errors.As(err, &u)
	return u, ok
}
