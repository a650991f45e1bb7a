package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/driver/host"
	"gemba/internal/resource/kinds"
	"gemba/internal/wire"
)

// atOnce is how many resources are looked at or changed at the same time.
const atOnce = 8

const bakedFlag = "--baked"

// hostOptions say what kind of host is converged.
type hostOptions struct {
	state string // where it keeps what has to outlive the worker
	baked bool   // it is a root filesystem: nothing runs in it
}

func convergeOptions(words []string) (hostOptions, error) {
	o := hostOptions{state: host.StateDir}
	flags := flag.NewFlagSet("converge", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it
	flags.StringVar(&o.state, "state", o.state, "")
	flags.BoolVar(&o.baked, "baked", false, "")
	return o, flags.Parse(words)
}

// convergeHost reads an order and carries it out. It lives as long as the channel: when that dies, what is in hand is ended and no
// more is begun.
func convergeHost(o hostOptions, in io.Reader, out io.Writer) error {
	from := bufio.NewReaderSize(in, 64<<10)
	up := &upward{out: out}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE, syscall.SIGHUP) // caught, not ignored: what it starts would inherit that
	order, err := readOrder(from)
	if err != nil {
		up.say(wire.News{Result: &gemba.HostResult{Error: err.Error()}})
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	store := newBodies(o.state, up)
	defer store.close()
	gone := stop
	if o.baked {
		gone = func() { os.Exit(1) } // nobody will have this image: what runs in it ends with its first process
	}
	go store.receive(from, gone) // the other side is gone, or has nothing more to say and no wish to hear: no more is begun
	go up.live(ctx)
	result := carryOut(ctx, o, order, store, up)
	up.say(wire.News{Result: &result})
	return nil
}

// carryOut takes the host, when it is to be changed, and converges it.
func carryOut(ctx context.Context, o hostOptions, order wire.Order, store *bodies, up *upward) gemba.HostResult {
	if !o.baked {
		tellReport(o.state, up)
	}
	waits := func(holder string) { up.say(wire.News{Waits: holder}) }
	options := host.Options{Bodies: store, Waits: waits, Baked: o.baked}
	state := o.state
	if order.Apply {
		release, err := takeHost(ctx, state, order.Holder, waits)
		if err != nil {
			return gemba.HostResult{Error: err.Error()}
		}
		defer release()
		if !o.baked { // an image has nothing to go back to
			options.Undo = filepath.Join(state, "undo", order.Run)
		}
		if err := errors.Join(host.Sweep(state), host.Prune(filepath.Join(state, "undo"))); err != nil {
			return gemba.HostResult{Error: err.Error()}
		}
	}
	machine, width := host.New(options), atOnce
	if o.baked {
		width = 1 // in which order accounts are made decides their numbers, and the same image is to come of the same profile
	}
	engine := converge.Engine{
		Kinds: kinds.ByName(), System: machine, Bodies: store, Notes: host.Notes{Dir: filepath.Join(state, "notes")},
		Now: time.Now, Tell: up.say, Width: width,
	}
	var guarded io.Closer // while it is open, the apply is not over
	engine.Before = func(plan gemba.HostPlan) error {
		if o.baked {
			return nil // nothing runs there, and nobody is cut off
		}
		err := host.RememberTold(options.Undo, plan.Changes)
		if err == nil {
			guarded, err = armGuard(state, order, plan, up)
		}
		return err
	}
	result, err := engine.Run(ctx, order)
	if order.Apply {
		err = errors.Join(err, machine.Sync())
		if !o.baked {
			err = errors.Join(err, host.Leave(options.Undo))
		}
	}
	if err != nil {
		result.Error = err.Error()
	}
	if guarded != nil {
		_ = guarded.Close() // the guard's time begins
	}
	return result
}

func readOrder(from *bufio.Reader) (wire.Order, error) {
	var order wire.Order
	line, err := from.ReadBytes('\n')
	if err != nil {
		return order, fmt.Errorf("reading the order: %w", err)
	}
	if err := json.Unmarshal(line, &order); err != nil {
		return order, fmt.Errorf("reading the order: %w", err)
	}
	if order.Version != wire.ConvergeVersion {
		return order, fmt.Errorf("the order is of version %d, this worker of %d", order.Version, wire.ConvergeVersion)
	}
	return order, nil
}

// upward writes news, a line each.
type upward struct {
	mu  sync.Mutex
	out io.Writer
}

func (u *upward) say(news wire.News) {
	line, err := json.Marshal(news)
	if err != nil {
		line, _ = json.Marshal(wire.News{Result: &gemba.HostResult{Error: err.Error()}})
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	_, _ = u.out.Write(append(line, '\n')) // nobody to tell that nobody listens
}

// live says something every few seconds, so that a dead link is told from a long silence.
func (u *upward) live(ctx context.Context) {
	for tick := time.NewTicker(wire.PingEvery); ; {
		select {
		case <-tick.C:
			u.say(wire.News{})
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

// errGone is why a body does not come any more.
var errGone = errors.New("the control side is gone")

var _ converge.Bodies = (*bodies)(nil)
