package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gemba"
)

// Encode gives the canonical bytes of an event: what a store keeps, what the
// tree hashes, and what every reader decodes. docs/formats/ledger.md has the
// rules; Normalize is applied first.
func Encode(e gemba.Event) ([]byte, error) {
	e, err := Normalize(e)
	if err != nil {
		return nil, err
	}
	return marshal(e)
}

// Decode reads canonical bytes. Bytes that Encode would not have written are
// an error, so that one fact has one spelling.
func Decode(leaf []byte) (gemba.Event, error) {
	var e gemba.Event
	if err := json.Unmarshal(leaf, &e); err != nil {
		return gemba.Event{}, fmt.Errorf("read a stored event: %w", err)
	}
	again, err := Encode(e)
	if err != nil {
		return gemba.Event{}, err
	}
	if !bytes.Equal(again, leaf) {
		return gemba.Event{}, errors.New("read a stored event: the bytes are not in the canonical form")
	}
	return e, nil
}

// Normalize brings an event to the form that survives encoding: the time in
// UTC and whole microseconds, valid UTF-8, compact data, none for `null`.
// Data that is not JSON and a year outside 0 to 9999 are errors.
func Normalize(e gemba.Event) (gemba.Event, error) {
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	if year := e.Time.Year(); year < 0 || year > 9999 {
		return gemba.Event{}, fmt.Errorf("encode event %q: the year %d cannot be written", e.Kind, year)
	}
	e.Actor, e.Kind, e.Subject = valid(e.Actor), valid(e.Kind), valid(e.Subject)
	data, err := compact(e.Data)
	if err != nil {
		return gemba.Event{}, fmt.Errorf("encode event %q: its data: %w", e.Kind, err)
	}
	e.Data = data
	return e, nil
}

func compact(data json.RawMessage) (json.RawMessage, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if !utf8.Valid(data) {
		data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		return nil, err
	}
	if b.String() == "null" {
		return nil, nil
	}
	return b.Bytes(), nil
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// marshal writes the fields in the order in which gemba.Event declares them,
// without the escapes that are only of use inside HTML.
func marshal(e gemba.Event) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encode event %q: %w", e.Kind, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
