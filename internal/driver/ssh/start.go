package ssh

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"gemba"
)

// noiseAtMost is how many bytes a login shell may print before the script.
const noiseAtMost = 64 << 10

// start runs a script as root, and returns when it has printed its head. sudo is given the password when it asks for it, and
// never before, so that it cannot end up as the worker's input.
func (l *Link) start(ctx context.Context, script string) (*Session, string, error) {
	s, err := l.open(ctx, command(l.host.user, script))
	if err != nil {
		return nil, "", err
	}
	type line struct {
		head string
		err  error
	}
	heads := make(chan line, 1)
	go func() {
		head, err := readHead(s.stdout)
		heads <- line{head, err}
	}()
	patience := time.NewTimer(l.startTimeout())
	defer patience.Stop()
	given := false // the password
	for {
		select {
		case read := <-heads:
			if read.err == nil {
				go s.pump()
				return s, read.head, nil
			}
			return nil, "", s.headless(read.err, given)
		case <-s.stderr.heard:
			patience.Stop()
			if err := l.answer(ctx, s, given); err != nil {
				_ = s.Close()
				return nil, "", err
			}
			given = true
			patience.Reset(l.startTimeout())
		case <-ctx.Done():
			return nil, "", ctx.Err()
		case <-patience.C:
			_ = s.Close()
			return nil, "", gemba.Fail(gemba.Unavailable, l.host.String()+" starts no program", fmt.Sprintf("nothing came within %s. %s", l.startTimeout(), s.stderr), l.host.ssh()+" true")
		}
	}
}

// startTimeout is long: a host that swaps may take its time to start a shell.
func (l *Link) startTimeout() time.Duration { return 6 * l.host.timeout }

// readHead passes over what comes before the head, which may lack its line end.
func readHead(r *bufio.Reader) (string, error) {
	said := ""
	for read := 0; read < noiseAtMost; {
		text, err := r.ReadSlice('\n')
		read += len(text)
		line := strings.TrimRight(string(text), "\r\n")
		if i := strings.Index(line, headMark); i >= 0 && err == nil {
			return line[i:], nil
		}
		if line != "" {
			said = line
		}
		if err == io.EOF && said != "" {
			return "", fmt.Errorf("what is run there says %q", said)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
	}
	return "", errNoise
}

var errNoise = errors.New("the login shell prints too much")

// headless says why a script did not come to its head.
func (s *Session) headless(err error, given bool) error {
	if errors.Is(err, errNoise) {
		_ = s.Close()
		return gemba.Fail(gemba.Unavailable, s.link.host.String()+" starts no program", err.Error(), "make the login shell quiet where there is no terminal")
	}
	ended := s.Wait()
	if !s.exited() {
		return ended
	}
	if refused := s.sudoRefuses(given); refused != nil {
		return refused
	}
	if ended == nil {
		ended = err
	}
	var e *gemba.Error
	if errors.As(ended, &e) && e.Code == gemba.Unavailable {
		return e
	}
	return &gemba.Error{Code: gemba.Unavailable, What: s.link.host.String() + " starts no program", Why: ended.Error(), Try: s.link.host.ssh() + " true", Err: ended}
}
