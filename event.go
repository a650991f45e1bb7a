package gemba

import (
	"encoding/json"
	"time"
)

// Event is one fact in the ledger: who, what, on which subject, caused by
// which event.
type Event struct {
	Seq     int64           `json:"seq"`             // from 1, without gaps; the store gives it
	Time    time.Time       `json:"time"`            // UTC
	Actor   string          `json:"actor"`           // "uid:1000(ana)", or "gemba" for what the server does by itself
	Kind    string          `json:"kind"`            // "run.accepted", "step.succeeded", "release.placed"
	Subject string          `json:"subject"`         // "service/guestbook", "environment/production"
	Run     int64           `json:"run,omitempty"`   //
	Cause   int64           `json:"cause,omitempty"` // seq of the event that led to this one; the store gives an event of a run the one of that run before it
	Data    json.RawMessage `json:"data,omitempty"`  // what the kind keeps
}
