package worker

import (
	"bytes"
	"errors"
	"os"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// partialAfter is how long output without a line end is waited for before it
// is shown as it is.
const partialAfter = 200 * time.Millisecond

// stream is one output of a program, on its way to the log.
type stream struct {
	name, source string
	read         *os.File
	done         chan struct{}
}

// newStream makes a pipe and drains it into log until its last writer is
// gone. The write end, which belongs to uid, is for the program.
func newStream(log *logFile, name, source string, uid, gid int) (*stream, *os.File, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, err
	}
	if uid != os.Geteuid() {
		// A program may open /dev/stdout again, by its own right.
		_ = unix.Fchown(fds[1], uid, gid)
	}
	// Non-blocking, the runtime waits for it with a deadline.
	_ = unix.SetNonblock(fds[0], true)
	s := &stream{name: name, source: source, read: os.NewFile(uintptr(fds[0]), name), done: make(chan struct{})}
	go s.drain(log)
	return s, os.NewFile(uintptr(fds[1]), name), nil
}

// finish waits until everything is in the log. Should something unknown hold
// the pipe open, it is given up after patience.
func (s *stream) finish(patience time.Duration) {
	select {
	case <-s.done:
	case <-time.After(patience):
		_ = s.read.Close()
		<-s.done
	}
}

// drain reads to the end, also what the log does not keep: a program must
// never wait for its log.
func (s *stream) drain(log *logFile) {
	defer close(s.done)
	defer s.read.Close()
	var (
		chunk   = make([]byte, 2*wire.MaxText)
		held    bytes.Buffer // of a line whose end has not come
		clean   = log.secrets.Writer(&held)
		records []byte    // reused
		since   time.Time // of the first byte held
	)
	for {
		_ = s.read.SetReadDeadline(partialDeadline(held.Len(), since))
		n, err := s.read.Read(chunk)
		now := log.now()
		if held.Len() == 0 {
			since = now
		}
		_, _ = clean.Write(chunk[:n]) // a buffer takes everything
		flush := errors.Is(err, os.ErrDeadlineExceeded)
		ended := err != nil && !flush
		if ended {
			_ = clean.Close()
		}
		var used int
		records, used = s.records(records[:0], now, held.Bytes(), flush, ended)
		if used > 0 {
			log.write(records, used)
			since = now
		} else if flush {
			since = time.Time{} // half a character: nothing to show before more comes
		}
		held.Next(used)
		if ended {
			return
		}
	}
}

// partialDeadline is when held bytes are shown; none when there are none.
func partialDeadline(held int, since time.Time) time.Time {
	if held == 0 || since.IsZero() {
		return time.Time{}
	}
	return since.Add(partialAfter)
}

// records appends the records that data is good for and says how many bytes it used.
func (s *stream) records(dst []byte, now time.Time, data []byte, flush, ended bool) ([]byte, int) {
	whole := wire.AppendHead(nil, now, s.name, s.source, false)
	part := wire.AppendHead(nil, now, s.name, s.source, true)
	used := 0
	for used < len(data) {
		rest := data[used:]
		length := bytes.IndexByte(rest, '\n')
		switch {
		case length > wire.MaxText, length < 0 && len(rest) > wire.MaxText:
			length = characters(rest[:wire.MaxText])
			dst = append(append(append(dst, part...), rest[:length]...), '\n')
			used += length
		case length >= 0:
			dst = append(append(dst, whole...), rest[:length+1]...)
			used += length + 1
		case ended:
			dst = append(append(append(dst, whole...), rest...), '\n')
			used += len(rest)
		case flush:
			length = characters(rest)
			if length == 0 {
				return dst, used
			}
			dst = append(append(append(dst, part...), rest[:length]...), '\n')
			return dst, used + length
		default:
			return dst, used
		}
	}
	return dst, used
}

// characters is the length of text without a last character that is not yet whole.
func characters(text []byte) int {
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		last := text[len(text)-back:]
		if utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return len(text) - back
			}
			break
		}
	}
	return len(text)
}
