package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Ledger lists events in their order.
func Ledger(w io.Writer, t Terminal, events []gemba.Event) error {
	tb := &table{columns: []column{
		{title: "seq", right: true}, {title: "time", worth: 7, least: 10}, {title: "actor", worth: 3, least: 6, optional: true}, {title: "event"},
		{title: "subject", worth: 6, least: 12, optional: true}, {title: "run", right: true, worth: 4, optional: true},
		{title: "cause", right: true, worth: 2, optional: true}, {title: "data", worth: 1, least: 12, optional: true},
	}}
	for _, e := range events {
		tb.row(number(e.Seq), cell{text: t.in(e.Time).Format("2006-01-02 15:04:05"), whole: e.Time.UTC().Format(time.RFC3339Nano)},
			actorCell(t, e.Actor), cell{text: t.text(e.Kind)}, cell{text: t.text(e.Subject)},
			number(e.Run), number(e.Cause), cell{text: pairs(t, e.Data), whole: compact(e.Data), style: dim})
	}
	return tb.write(w, t, "Nothing has happened yet.")
}

// compact is JSON in one line, as a pipe gets it.
func compact(data json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, data) != nil {
		return ""
	}
	return b.String()
}

// pairs shows the fields of an object as people read them: "artifact: 9c1e…, size: 8400000".
func pairs(t Terminal, data json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return t.text(compact(data))
	}
	var said []string
	for decoder.More() {
		key, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			break
		}
		text := compact(value)
		var s string
		if json.Unmarshal(value, &s) == nil {
			text = s
		}
		said = append(said, fmt.Sprintf("%v: %s", key, t.text(text)))
	}
	return strings.Join(said, ", ")
}

// LedgerReport is what `ledger verify` found.
type LedgerReport struct {
	Events int64     `json:"events"`           // in the ledger
	Sealed int64     `json:"sealed"`           // of them, those under the last signed head
	Head   string    `json:"head,omitempty"`   // its root hash
	Signed time.Time `json:"signed,omitzero"`  // when it was
	Copy   string    `json:"copy,omitempty"`   // where heads are kept outside of the state directory
	Faults []string  `json:"faults,omitempty"` // sentences; none: nothing was changed
}

// WriteLedgerReport says whether the ledger is whole.
func WriteLedgerReport(w io.Writer, t Terminal, r LedgerReport) error {
	var p page
	if len(r.Faults) == 0 {
		p.lines(wrap(fmt.Sprintf("%s The ledger is whole: %s, none changed, removed, cut off or made anew.",
			t.good(), human.Plural(r.Events, "event", "events")), t.width(), "  "))
	} else {
		p.lines(wrap(fmt.Sprintf("%s The ledger is not what it was: %s in %s.", t.bad(),
			human.Plural(int64(len(r.Faults)), "fault", "faults"), human.Plural(r.Events, "event", "events")), t.width(), "  "))
	}
	for _, fault := range r.Faults {
		p.lines(wrap("  "+t.text(fault), t.width(), "    "))
	}
	if unsealed := r.Events - r.Sealed; unsealed > 0 {
		p.lines(wrap(fmt.Sprintf("  %s not sealed yet, so not proved.", human.Plural(unsealed, "event is", "events are")), t.width(), "  "))
	}
	if r.Head != "" {
		p.lines(wrap(fmt.Sprintf("  head  %s, signed %s", t.text(r.Head), t.in(r.Signed).Format(time.RFC3339)), t.width(), "        "))
	}
	if r.Copy != "" {
		p.lines(wrap("  kept  "+t.text(r.Copy), t.width(), "        "))
	}
	return p.to(w)
}
