package worker

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gemba"
	"gemba/internal/redact"
	"gemba/internal/wire"
)

// logFile is the log of one supervisor. It bounds what it keeps, never what
// the program may print, and it never fails: what cannot be written is counted.
type logFile struct {
	path    string
	policy  wire.LogPolicy
	secrets *redact.Redactor
	now     func() time.Time

	mu      sync.Mutex
	file    *os.File
	size    int64 // of the current file, its head included
	base    int64 // position in the whole log of the current file's first byte after its head
	head    int64 // length of the current file's head
	stopped bool  // the limit was reached, and the log says so
	dropped int64 // bytes of output that were not kept
	failure error // why the file first took less than was written
}

// openLog goes on with the log that is there, or begins one.
func openLog(path string, policy wire.LogPolicy, secrets []string, now func() time.Time) (*logFile, error) {
	l := &logFile{path: path, policy: policy, secrets: redact.New(secrets...), now: now}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	l.file = file
	if err := l.resume(); err != nil {
		file.Close()
		return nil, fmt.Errorf("go on with the log: %w", err)
	}
	return l, nil
}

// resume finds out where the log ended, and ends a record that was cut off.
func (l *logFile) resume() error {
	info, err := l.file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	l.size = info.Size()
	first, err := bufio.NewReader(io.NewSectionReader(l.file, 0, 256)).ReadBytes('\n')
	if err == nil {
		if base, ok := wire.ParseBase(first); ok {
			l.base, l.head = base, int64(len(first))
		}
	}
	last := make([]byte, 1)
	if _, err := l.file.ReadAt(last, l.size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		n, err := l.file.Write([]byte("\n"))
		l.size += int64(n)
		return err
	}
	return nil
}

// write appends whole records that carry raw bytes of output.
func (l *logFile) write(records []byte, raw int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		l.dropped += int64(raw)
		return
	}
	fits := records
	if room := l.room(); int64(len(records)) > room {
		fits = wholeRecords(records, room)
		l.stopped = true
	}
	kept := l.append(fits)
	if kept < len(records) {
		// The heads of one chunk are alike, so this is the output's share of what was kept.
		l.dropped += int64(raw) - int64(raw)*int64(kept)/int64(len(records))
	}
	if l.stopped {
		l.append(l.noteRecord("log stopped at %d bytes; the program goes on", l.length()))
	}
}

// room is how many bytes the limit still allows.
func (l *logFile) room() int64 {
	if l.policy.Limit == 0 {
		return math.MaxInt64
	}
	return max(0, l.policy.Limit-l.length())
}

// length is that of the whole log, rotated files included.
func (l *logFile) length() int64 { return l.base + l.size - l.head }

// note appends a line of the supervisor's own.
func (l *logFile) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.append(l.noteRecord(format, args...))
}

func (l *logFile) noteRecord(format string, args ...any) []byte {
	return wire.AppendRecord(nil, gemba.LogLine{Time: l.now(), Stream: wire.StreamNote, Text: fmt.Sprintf(format, args...)})
}

// append writes whole records and returns how many of their bytes it could keep.
func (l *logFile) append(records []byte) (kept int) {
	for len(records) > 0 {
		part := l.nextPart(records)
		n := l.appendPart(part)
		kept += n
		if n < len(part) {
			return kept
		}
		records = records[len(part):]
	}
	return kept
}

// nextPart is what of the records the current file still takes: however much
// a program prints at once, no file outgrows Rotate by more than one record.
func (l *logFile) nextPart(records []byte) []byte {
	if l.policy.Rotate <= 0 || l.size+int64(len(records)) <= l.policy.Rotate {
		return records
	}
	if part := wholeRecords(records, l.policy.Rotate-l.size); len(part) > 0 {
		return part
	}
	if l.size > l.head {
		l.rotate()
		if part := wholeRecords(records, l.policy.Rotate-l.size); len(part) > 0 {
			return part
		}
	}
	if end := bytes.IndexByte(records, '\n'); end >= 0 {
		return records[:end+1]
	}
	return records
}

// wholeRecords returns those of the records that fit into room bytes.
func wholeRecords(records []byte, room int64) []byte {
	if room <= 0 {
		return nil
	}
	return records[:bytes.LastIndexByte(records[:min(room, int64(len(records)))], '\n')+1]
}

func (l *logFile) appendPart(records []byte) (kept int) {
	kept, err := l.file.Write(records)
	if err != nil && l.failure == nil {
		l.failure = err
	}
	if err != nil && kept > 0 {
		// Half a record would run into the next one.
		kept = bytes.LastIndexByte(records[:kept], '\n') + 1
		_ = l.file.Truncate(l.size + int64(kept))
	}
	l.size += int64(kept)
	return kept
}

// rotate moves log to log.1, log.1 to log.2 and so on, and begins a new file
// that says where in the whole log it begins. Where that fails, the current
// file simply grows.
func (l *logFile) rotate() {
	for i := l.policy.Keep; i > 0; i-- {
		from := l.path
		if i > 1 {
			from = l.rotated(i - 1)
		}
		if err := os.Rename(from, l.rotated(i)); err != nil && i == 1 {
			return
		}
	}
	if l.policy.Keep <= 0 {
		_ = os.Remove(l.path)
	}
	next, err := os.OpenFile(l.path, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return
	}
	base := l.base + l.size - l.head
	n, _ := next.Write(wire.AppendBase(nil, l.now(), base))
	l.file.Close()
	l.file, l.base, l.head, l.size = next, base, int64(n), int64(n)
}

func (l *logFile) rotated(i int) string { return l.path + "." + strconv.Itoa(i) }

// tally returns how long the whole log is and how many bytes of output were not kept.
func (l *logFile) tally() (bytes, dropped int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.length(), l.dropped
}

// broken says why the log is not whole, when it could not be written; "" else.
func (l *logFile) broken() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cause := (syscall.Errno)(0); errors.As(l.failure, &cause) {
		return cause.Error()
	}
	return ""
}

// finish says at the end what is missing.
func (l *logFile) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.dropped == 0:
	case l.stopped:
		l.append(l.noteRecord("%d more bytes of output were not kept", l.dropped))
	default:
		l.append(l.noteRecord("%d bytes of output could not be written", l.dropped))
	}
}

func (l *logFile) dupTo(fd int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return unix.Dup3(int(l.file.Fd()), fd, 0)
}

func (l *logFile) close() { l.file.Close() }
