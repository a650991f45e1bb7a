package wire

import (
	"encoding/json"
	"time"

	"gemba"
)

// ConvergeVersion is raised when an older worker could misread a newer order.
const ConvergeVersion = 1

// Order is everything that a worker has to know to bring a host to what is declared of it: one
// message down. docs/formats/converge.md describes what goes both ways.
type Order struct {
	Version int    `json:"version"`
	Host    string `json:"host"`    // its name, for messages
	Profile string `json:"profile"` //
	Holder  string `json:"holder"`  // who applies, for whom a second one waits: "run 214 of ana"
	Run     string `json:"run"`     // names what undo keeps; letters, digits and '-'
	Apply   bool   `json:"apply"`   // else it plans, and changes nothing
	Key     []byte `json:"key"`     // what digests of states are keyed with
	Items   []Item `json:"items"`
	// Bound holds the digest of the state that each change of a saved plan was made for, by
	// address; where any other is observed, nothing is applied. Nil: whatever is observed is put right.
	Bound map[string]string `json:"bound,omitempty"`
	// Guard is how many seconds a guard waits to be confirmed after changes that can cut the link; 0: none is set up.
	Guard int    `json:"guard,omitempty"`
	User  string `json:"user,omitempty"` // who signs in; "" is root
}

// Item is one resource of an order, everything in it resolved.
type Item struct {
	Kind       string          `json:"kind"`
	Name       string          `json:"name"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
	Requires   []string        `json:"requires,omitempty"`
	Notifies   []string        `json:"notifies,omitempty"`
	Place      gemba.Place     `json:"place"`
	Hidden     []string        `json:"hidden,omitempty"` // attributes that hold secrets: no diff shows them
}

// Address names the item's resource.
func (i Item) Address() string { return gemba.Address(i.Kind, i.Name) }

// Down is a line that goes down after the order: a sign of life, or the head of a body, whose bytes follow it.
type Down struct {
	Digest gemba.Digest `json:"digest,omitempty"` // "" for a sign of life
	Size   int64        `json:"size,omitempty"`   // bytes that follow
	Error  string       `json:"error,omitempty"`  // the body cannot be had; no bytes follow
}

// PingEvery is how often each side says something, and Silence after how much of it the other one is taken for dead.
const (
	PingEvery = 5 * time.Second
	Silence   = 15 * time.Second
)

// News is what comes up, one in a line. At most one field is set; none is a sign of life.
type News struct {
	Waits   string            `json:"waits,omitempty"`   // the host, or its packages, are in the hands of this holder
	Plan    *gemba.HostPlan   `json:"plan,omitempty"`    // once, before anything is changed
	Need    []gemba.Digest    `json:"need,omitempty"`    // bodies that the host does not have; they are answered in this order
	Began   string            `json:"began,omitempty"`   // address of a resource that is being changed
	Applied *gemba.Applied    `json:"applied,omitempty"` // how that ended
	Guard   *Guard            `json:"guard,omitempty"`   // before the first change, when one may cut the link
	Undone  *gemba.Undone     `json:"undone,omitempty"`  // what a guard did since the last contact, or what undo did
	Result  *gemba.HostResult `json:"result,omitempty"`  // the last
}
