package converge_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gemba/internal/converge"
	"gemba/internal/wire"
)

// channel is a session whose worker is a test.
type channel struct {
	io.Reader // what the worker says
	io.Writer // what it is told
	ends      func()
	end       error
}

func (c *channel) CloseWrite() error { return nil }
func (c *channel) Wait() error       { return c.end }
func (c *channel) Close() error      { c.ends(); return nil }

// piped is a session, and the worker's ends of it.
func piped() (session *channel, hears *io.PipeReader, says *io.PipeWriter) {
	up, says := io.Pipe()
	hears, down := io.Pipe()
	return &channel{Reader: up, Writer: down, ends: func() {
		_ = up.CloseWithError(errors.New("closed"))
		_ = down.CloseWithError(errors.New("closed"))
	}}, hears, says
}

func TestAWorkerThatSaysNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session, hears, says := piped()
		go func() { _, _ = io.Copy(io.Discard, hears) }()
		go func() {
			for range 10 { // it lives for a while, and has nothing to tell
				time.Sleep(wire.PingEvery)
				_, _ = io.WriteString(says, "{}\n")
			}
		}()
		began := time.Now()
		_, err := converge.Deliver(t.Context(), session, wire.Order{}, &converge.Texts{}, func(wire.News) {})
		if err == nil || !strings.Contains(err.Error(), "says nothing any more") {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took != 10*wire.PingEvery+2*wire.Silence {
			t.Errorf("it took %s", took)
		}
	})
}

func TestWhoeverReadsSlowlyDoesNotEndTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session, hears, says := piped()
		go func() { _, _ = io.Copy(io.Discard, hears) }()
		go func() { _, _ = io.WriteString(says, `{"began":"file./a"}`+"\n"+`{"result":{"changed":1}}`+"\n") }()
		result, err := converge.Deliver(t.Context(), session, wire.Order{}, &converge.Texts{}, func(wire.News) { time.Sleep(10 * wire.Silence) })
		if err != nil || result.Changed != 1 {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// FuzzNews holds that nothing that a worker says takes the server down, and that what it is told is what it asked for.
func FuzzNews(f *testing.F) {
	texts := &converge.Texts{}
	known := texts.Add([]byte("a body"))
	f.Add([]byte(`{"plan":{"host":"web","changes":[{"resource":"file./a","action":"create"}]}}` + "\n" + `{"need":["` + string(known.Digest) + `"]}` + "\n" + `{"result":{"changed":1}}` + "\n"))
	f.Add([]byte("{}\nnull\n[]\n"))
	f.Add([]byte(`{"need":["","sha256:0"],"result":null}` + "\n"))
	f.Add([]byte(`{"applied":{"change":{}},"waits":"x"}` + "\nnot news"))
	f.Fuzz(func(t *testing.T, says []byte) {
		var heard bytes.Buffer
		var writing sync.Mutex
		session := &channel{Reader: bytes.NewReader(says), Writer: locked{&writing, &heard}, ends: func() {}}
		result, err := converge.Deliver(t.Context(), session, wire.Order{}, texts, func(wire.News) {})
		if err == nil && !bytes.Contains(says, []byte("esult")) && !bytes.Contains(bytes.ToLower(says), []byte("result")) && !bytes.Contains(says, []byte(`\u`)) {
			t.Fatalf("%+v of %q", result, says)
		}
	})
}

type locked struct {
	mu *sync.Mutex
	io.Writer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Writer.Write(p)
}
