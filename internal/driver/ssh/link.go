package ssh

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gemba"
	"gemba/internal/converge"
)

// sessionsAtMost is below the MaxSessions of sshd, which is 10.
const sessionsAtMost = 8

// silencesAtMost is how many unanswered questions make a link dead.
const silencesAtMost = 3

// Link is one connection to a host. It implements converge.Link.
type Link struct {
	dialer *Dialer
	host   hop
	way    *way
	places chan struct{} // for sessions
	gone   chan struct{} // closed when the link has ended

	asking  turn // one question for the sudo password
	pushing turn // one push: whoever waits finds the worker there

	mu       sync.Mutex
	cause    error         // why it ended
	password *gemba.Secret // for sudo, once it was asked for
}

func newLink(d *Dialer, host hop, w *way) *Link {
	l := &Link{dialer: d, host: host, way: w, places: make(chan struct{}, sessionsAtMost), gone: make(chan struct{}), asking: newTurn(), pushing: newTurn()}
	go func() {
		err := w.client().Wait()
		l.end(&gemba.Error{Code: gemba.Unavailable, What: "the connection to " + host.String() + " is lost", Why: "the host or the network closed it", Try: "try again", Err: err})
	}()
	go l.watch()
	return l
}

// Worker implements converge.Link.
func (l *Link) Worker(ctx context.Context, args ...string) (converge.Session, error) {
	session, err := l.worker(ctx, args)
	if err != nil {
		return nil, err
	}
	return session, nil
}

// Close implements converge.Link.
func (l *Link) Close() error {
	l.end(gemba.Fail(gemba.Unavailable, "the connection to "+l.host.String()+" was closed", "the run is over", ""))
	return nil
}

// end ends the link; the first cause counts.
func (l *Link) end(cause error) {
	l.mu.Lock()
	first := l.cause == nil
	if first {
		l.cause = cause
	}
	l.mu.Unlock()
	if first {
		close(l.gone)
		l.way.close()
	}
}

// ended returns why the link has ended, or nil.
func (l *Link) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// watch asks a silent host whether it is there, and ends the link when it does not answer.
func (l *Link) watch() {
	every := l.dialer.options.Keepalive
	ticks := time.NewTicker(every / 5)
	defer ticks.Stop()
	asked := make(chan struct{}, 1) // one question in flight: that nothing comes is what counts
	for {
		select {
		case <-l.gone:
			return
		case <-ticks.C:
		}
		silence := l.way.last.silence()
		if silence >= silencesAtMost*every {
			l.end(gemba.Fail(gemba.Unavailable, "the connection to "+l.host.String()+" is dead", fmt.Sprintf("nothing has come from the host for %s", silencesAtMost*every), "check the host and the network, and try again"))
			return
		}
		if silence < every {
			continue
		}
		select {
		case asked <- struct{}{}:
			go func() {
				_, _, _ = l.way.client().SendRequest("keepalive@openssh.com", true, nil) // any answer will do: it is heard below
				<-asked
			}()
		default:
		}
	}
}
