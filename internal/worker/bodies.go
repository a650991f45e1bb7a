package worker

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"gemba"
	"gemba/internal/driver/host"
	"gemba/internal/wire"
)

// inMemory is the largest body that is not put into a file first, in bytes.
const inMemory = 1 << 20

// bodies are the texts that came down, each asked for once.
type bodies struct {
	up    *upward
	state string // where the host keeps what Gemba needs
	dir   string // for large ones, there; made when the first comes

	mu      sync.Mutex
	small   map[gemba.Digest][]byte
	large   map[gemba.Digest]string
	failed  map[gemba.Digest]error
	arrived chan struct{} // closed, and made anew, with each that comes
	gone    bool
}

func newBodies(state string, up *upward) *bodies {
	return &bodies{up: up, state: state, small: map[gemba.Digest][]byte{}, large: map[gemba.Digest]string{}, failed: map[gemba.Digest]error{}, arrived: make(chan struct{})}
}

func (b *bodies) close() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// Fetch implements converge.Bodies.
func (b *bodies) Fetch(ctx context.Context, digests []gemba.Digest) error {
	b.mu.Lock()
	var missing []gemba.Digest
	asked := map[gemba.Digest]bool{}
	for _, d := range digests {
		if _, _, known := b.known(d); !known && !asked[d] {
			missing, asked[d] = append(missing, d), true
		}
	}
	b.mu.Unlock()
	if len(missing) == 0 {
		return nil
	}
	b.up.say(wire.News{Need: missing})
	for _, d := range missing {
		if err := b.await(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (b *bodies) await(ctx context.Context, d gemba.Digest) error {
	for {
		b.mu.Lock()
		_, _, known := b.known(d)
		err, arrived, gone := b.failed[d], b.arrived, b.gone
		b.mu.Unlock()
		switch {
		case err != nil:
			return err
		case known:
			return nil
		case gone:
			return errGone
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *bodies) known(d gemba.Digest) ([]byte, string, bool) {
	if text, ok := b.small[d]; ok {
		return text, "", true
	}
	path, ok := b.large[d]
	return nil, path, ok
}

// Open implements host.Bodies.
func (b *bodies) Open(d gemba.Digest) (io.ReadCloser, error) {
	b.mu.Lock()
	text, path, known := b.known(d)
	b.mu.Unlock()
	switch {
	case !known:
		return nil, fmt.Errorf("the body %s was not fetched", d.Short())
	case path != "":
		return os.Open(path)
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// receive takes what comes down until the other side is gone or silent, and tells that.
func (b *bodies) receive(from *bufio.Reader, gone func()) {
	silence := time.AfterFunc(wire.Silence, func() {
		fmt.Fprintln(os.Stderr, "gemba-worker: nothing was heard of the control side for "+wire.Silence.String())
		b.depart()
		gone()
	})
	defer silence.Stop()
	defer gone()
	defer b.depart()
	for {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return
		}
		silence.Reset(wire.Silence)
		var down wire.Down
		if json.Unmarshal(line, &down) != nil {
			return
		}
		if down.Digest == "" {
			continue
		}
		if err := b.take(from, down, func() { silence.Reset(wire.Silence) }); err != nil && errors.Is(err, errGone) {
			return
		}
	}
}

func (b *bodies) depart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.gone {
		b.gone = true
		close(b.arrived)
		b.arrived = make(chan struct{})
	}
}

// take reads one body and holds it against its digest.
func (b *bodies) take(from *bufio.Reader, down wire.Down, heard func()) error {
	text, path, err := b.read(from, down, heard)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		b.failed[down.Digest] = err
	case path != "":
		b.large[down.Digest] = path
	default:
		b.small[down.Digest] = text
	}
	close(b.arrived)
	b.arrived = make(chan struct{})
	return err
}

func (b *bodies) read(from *bufio.Reader, down wire.Down, heard func()) ([]byte, string, error) {
	if down.Error != "" {
		return nil, "", errors.New(down.Error)
	}
	sum := sha256.New()
	limited := &listened{io.LimitReader(from, down.Size), heard}
	var small bytes.Buffer
	var into io.Writer = &small
	path := ""
	if down.Size > inMemory {
		f, err := b.file()
		if err != nil {
			_, _ = io.Copy(io.Discard, limited) // what comes after it is still understood
			return nil, "", err
		}
		defer f.Close()
		into, path = f, f.Name()
	}
	n, err := io.Copy(io.MultiWriter(into, sum), limited)
	if err != nil {
		_, _ = io.Copy(io.Discard, limited)
		return nil, "", fmt.Errorf("keeping a body: %w", err)
	}
	if n < down.Size {
		return nil, "", errGone
	}
	if got := gemba.Digest("sha256:" + hex.EncodeToString(sum.Sum(nil))); got != down.Digest {
		return nil, "", fmt.Errorf("a body came as %s, not as %s", got.Short(), down.Digest.Short())
	}
	return small.Bytes(), path, nil
}

// file makes a place for a large body, on the disk that the host's state is on.
func (b *bodies) file() (*os.File, error) {
	if b.dir == "" {
		if err := os.MkdirAll(b.state, 0o700); err != nil {
			return nil, fmt.Errorf("making a place for bodies: %w", err)
		}
		dir, err := os.MkdirTemp(b.state, host.BodiesPattern)
		if err != nil {
			return nil, fmt.Errorf("making a place for bodies: %w", err)
		}
		b.dir = dir
	}
	return os.CreateTemp(b.dir, "body-*")
}

// listened calls heard for everything that is read.
type listened struct {
	io.Reader
	heard func()
}

func (l *listened) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if n > 0 {
		l.heard()
	}
	return n, err
}
