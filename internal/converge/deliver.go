package converge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"gemba"
	"gemba/internal/wire"
)

// patience is how long a worker may be silent. A link that is dead is to say so itself, before.
const patience = 2 * wire.Silence

// BodySource opens the bodies that an order names, on the control side.
type BodySource interface {
	Open(digest gemba.Digest) (body io.ReadCloser, size int64, err error)
}

// Deliver hands an order to the worker at the other end of a session, brings it the bodies that it needs, and tells what comes
// back, until the result. It closes the session.
func Deliver(ctx context.Context, session Session, order wire.Order, bodies BodySource, tell func(wire.News)) (gemba.HostResult, error) {
	defer session.Close()
	stop := context.AfterFunc(ctx, func() { _ = session.Close() })
	defer stop()
	d := &delivery{session: session, bodies: bodies, tell: tell}
	d.patience = time.AfterFunc(patience, func() {
		d.silent.Store(true)
		_ = session.Close()
	})
	defer d.patience.Stop()
	line, err := json.Marshal(order)
	if err != nil {
		return gemba.HostResult{}, fmt.Errorf("encoding an order: %w", err)
	}
	if err := d.write(append(line, '\n')); err != nil {
		return gemba.HostResult{}, d.lost(ctx, err)
	}
	alive, done := context.WithCancel(ctx)
	defer done()
	go d.live(alive)
	result, err := d.listen()
	if err != nil {
		return result, d.lost(ctx, err)
	}
	return result, nil
}

type delivery struct {
	session Session
	bodies  BodySource
	tell    func(wire.News)
	writing sync.Mutex

	patience *time.Timer // with a worker that says nothing and takes nothing
	silent   atomic.Bool
}

// listen takes what comes up until the result.
func (d *delivery) listen() (gemba.HostResult, error) {
	for from := bufio.NewReaderSize(d, 64<<10); ; {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return gemba.HostResult{}, err
		}
		var news wire.News
		if err := json.Unmarshal(line, &news); err != nil {
			return gemba.HostResult{}, fmt.Errorf("the worker said something else than news: %w", err)
		}
		switch {
		case news.Need != nil:
			if err := d.send(news.Need); err != nil {
				return gemba.HostResult{}, err
			}
		case news.Result != nil:
			return *news.Result, nil
		default:
			d.tell(news)
		}
	}
}

// send brings bodies, in the order in which they were asked for.
func (d *delivery) send(digests []gemba.Digest) error {
	for _, digest := range digests {
		if err := d.sendOne(digest); err != nil {
			return err
		}
	}
	return nil
}

func (d *delivery) sendOne(digest gemba.Digest) error {
	down := wire.Down{Digest: digest}
	body, size, err := d.bodies.Open(digest)
	if err != nil {
		down.Error = err.Error()
	} else {
		defer body.Close()
		down.Size = size
	}
	head, err := json.Marshal(down)
	if err != nil {
		return fmt.Errorf("encoding the head of a body: %w", err)
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	if _, err := d.session.Write(append(head, '\n')); err != nil || body == nil {
		return err
	}
	n, err := io.Copy(d, io.LimitReader(body, size))
	if err == nil && n < size {
		err = fmt.Errorf("a body of %d bytes ended after %d", size, n)
	}
	return err
}

func (d *delivery) write(p []byte) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	_, err := d.session.Write(p)
	return err
}

// Read takes what the worker says, and Write brings a part of a body: as long as it takes anybody else, nobody is impatient.
func (d *delivery) Read(p []byte) (int, error) {
	d.patience.Reset(patience)
	defer d.patience.Stop()
	return d.session.Read(p)
}

func (d *delivery) Write(p []byte) (int, error) {
	d.patience.Reset(patience)
	defer d.patience.Stop()
	return d.session.Write(p)
}

// live says something every few seconds, so that the worker knows that it is not alone.
func (d *delivery) live(ctx context.Context) {
	sign, _ := json.Marshal(wire.Down{})
	for tick := time.NewTicker(wire.PingEvery); ; {
		select {
		case <-tick.C:
			if d.write(append(sign, '\n')) != nil {
				return
			}
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

// lost is why a session ended before the result: what the worker said on its way out says it best.
func (d *delivery) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if d.silent.Load() {
		return gemba.Fail(gemba.Unavailable, "the worker says nothing any more", "nothing was heard of it for "+patience.String(), "look whether the host is overloaded; then run the same command again: it goes on where it stopped")
	}
	if said := d.session.Wait(); said != nil {
		return said
	}
	if errors.Is(err, io.EOF) {
		return gemba.Fail(gemba.Unavailable, "the worker ended without a result", "the link was cut, or somebody killed it", "run the same command again: it goes on where it stopped")
	}
	return err
}
