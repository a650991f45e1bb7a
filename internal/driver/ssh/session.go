package ssh

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"gemba"
)

// stderrKept is how much of what a program says on its standard error is kept.
const stderrKept = 8 << 10

// settling is how long the end of a stream waits for its reason.
const settling = 200 * time.Millisecond

// Session is a program that runs on a host. It implements converge.Session.
type Session struct {
	link    *Link
	channel *ssh.Session
	stdin   io.WriteCloser
	stdout  *bufio.Reader  // of the channel; read by start, then by pump
	read    *io.PipeReader // what pump gives
	printed *io.PipeWriter
	stderr  *tail
	given   chan struct{} // closed when it was given up
	done    chan struct{} // closed when the program has ended, and err is set
	err     error
	stop    func() bool // lets go of the context

	mu     sync.Mutex
	forced error // why it was given up; not written any more once given is closed
}

// Read implements io.Reader. The end of a session that was given up, or whose link is dead, is an error that says so.
func (s *Session) Read(b []byte) (int, error) {
	return s.read.Read(b)
}

// pump carries what the program prints to whoever reads it, so that giving up does not wait for the host.
func (s *Session) pump() {
	pumped := make(chan struct{})
	defer close(pumped)
	go func() {
		select {
		case <-pumped:
		case <-s.link.gone: // nobody may be reading
			s.printed.CloseWithError(s.link.ended())
		}
	}()
	_, err := io.Copy(s.printed, s.stdout)
	if err == nil {
		err = io.EOF
	}
	s.printed.CloseWithError(s.reason(err))
}

// Write implements io.Writer.
func (s *Session) Write(b []byte) (int, error) {
	n, err := s.stdin.Write(b)
	if err != nil {
		err = s.reason(io.ErrClosedPipe)
	}
	return n, err
}

// reason returns why a stream has ended: the good end that is given, unless there is a bad one. The stream's end comes before its
// reason is known.
func (s *Session) reason(end error) error {
	select {
	case <-s.done:
	case <-time.After(settling):
	}
	s.mu.Lock()
	forced := s.forced
	s.mu.Unlock()
	if forced != nil {
		return forced
	}
	if ended := s.link.ended(); ended != nil && !s.exited() {
		return ended
	}
	return end
}

// exited reports whether the program ended by itself.
func (s *Session) exited() bool {
	select {
	case <-s.done:
		var exit *ssh.ExitError
		return s.err == nil || errors.As(s.err, &exit)
	default:
		return false
	}
}

// CloseWrite implements converge.Session.
func (s *Session) CloseWrite() error {
	if err := s.stdin.Close(); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("end the input of a session on %s: %w", s.link.host, err)
	}
	return nil
}

// Wait implements converge.Session.
func (s *Session) Wait() error {
	select {
	case <-s.done:
		return s.err
	default:
	}
	select {
	case <-s.done:
		return s.err
	case <-s.given:
		return s.forced
	}
}

// Close implements converge.Session.
func (s *Session) Close() error {
	s.giveUp(fmt.Errorf("the session on %s was closed", s.link.host))
	return nil
}

func (s *Session) giveUp(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forced != nil {
		return
	}
	s.forced = why
	close(s.given)
	s.printed.CloseWithError(why)
	go func() { _ = s.channel.Close() }() // it may have ended already, or wait for a silent network
}

// finish records how the program ended.
func (s *Session) finish(err error) {
	var exit *ssh.ExitError
	if err != nil && !errors.As(err, &exit) {
		select { // the link may be why
		case <-s.link.gone:
		case <-time.After(settling):
		}
	}
	s.mu.Lock()
	forced := s.forced
	s.mu.Unlock()
	switch ended := s.link.ended(); {
	case forced != nil: // a worker whose input ends may well end without complaint
		s.err = forced
	case err == nil:
	case exit != nil:
		s.err = s.exit(exit)
	case ended != nil:
		s.err = ended
	default:
		s.err = &gemba.Error{Code: gemba.Unavailable, What: "a program on " + s.link.host.String() + " ended without saying how", Why: err.Error(), Try: "try again", Err: err}
	}
	close(s.done)
	s.stop()
}
