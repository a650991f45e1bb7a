package wire

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"gemba"
)

// LogTime is how a record tells its time: RFC 3339, UTC, milliseconds. It is
// always 24 bytes long.
const LogTime = "2006-01-02T15:04:05.000Z"

// MaxText is the longest text of one record in bytes; longer lines are cut
// into several records.
const MaxText = 32 << 10

// The streams of a log.
const (
	StreamOut  = "out"   // standard output of the program
	StreamErr  = "err"   // its standard error
	StreamNote = "gemba" // what the supervisor has to say
	streamAt   = "at"    // the head of a file after a rotation
)

var errRecord = errors.New("not a record of a log")

// AppendHead appends what stands before the text of a record:
//
//	2006-01-02T15:04:05.000Z out[:source][+]␠
//
// The plus sign says that the line goes on in the next record of the same
// stream and source.
func AppendHead(dst []byte, at time.Time, stream, source string, more bool) []byte {
	dst = at.UTC().AppendFormat(dst, LogTime)
	dst = append(dst, ' ')
	dst = append(dst, stream...)
	if source != "" {
		dst = append(dst, ':')
		dst = append(dst, source...)
	}
	if more {
		dst = append(dst, '+')
	}
	return append(dst, ' ')
}

// AppendRecord appends one whole record with its line end. Text is kept byte
// for byte, except for a line end, which cannot be part of it.
func AppendRecord(dst []byte, line gemba.LogLine) []byte {
	dst = AppendHead(dst, line.Time, line.Stream, line.Source, line.More)
	dst = append(dst, strings.ReplaceAll(line.Text, "\n", " ")...)
	return append(dst, '\n')
}

// ParseRecord reads one record, with or without its line end. A carriage
// return before the line end is no part of the text, and what is not UTF-8 is
// replaced by U+FFFD.
func ParseRecord(record []byte) (gemba.LogLine, error) {
	record = bytes.TrimSuffix(record, []byte("\n"))
	if len(record) < len(LogTime)+2 || record[len(LogTime)] != ' ' {
		return gemba.LogLine{}, errRecord
	}
	at, err := time.Parse(LogTime, string(record[:len(LogTime)]))
	if err != nil {
		return gemba.LogLine{}, errRecord
	}
	tag, text, found := bytes.Cut(record[len(LogTime)+1:], []byte(" "))
	if !found {
		return gemba.LogLine{}, errRecord
	}
	line := gemba.LogLine{Time: at}
	name, more := strings.CutSuffix(string(tag), "+")
	line.Stream, line.Source, _ = strings.Cut(name, ":")
	line.More = more
	switch line.Stream {
	case StreamOut, StreamErr, StreamNote:
	default:
		return gemba.LogLine{}, errRecord
	}
	if !more {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	line.Text = strings.ToValidUTF8(string(text), "\uFFFD")
	return line, nil
}

// AppendBase appends the head of a file after a rotation: the position in the
// whole log of the first byte that follows it.
func AppendBase(dst []byte, at time.Time, base int64) []byte {
	dst = AppendHead(dst, at, streamAt, "", false)
	dst = strconv.AppendInt(dst, base, 10)
	return append(dst, '\n')
}

// ParseBase reads such a head; ok is false for every other record.
func ParseBase(record []byte) (base int64, ok bool) {
	record = bytes.TrimSuffix(record, []byte("\n"))
	if len(record) < len(LogTime) {
		return 0, false
	}
	digits, found := bytes.CutPrefix(record[len(LogTime):], []byte(" "+streamAt+" "))
	if !found {
		return 0, false
	}
	base, err := strconv.ParseInt(string(digits), 10, 64)
	return base, err == nil && base >= 0
}
