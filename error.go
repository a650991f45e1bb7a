package gemba

import (
	"errors"
	"strings"
)

// Code classes an error, so that each edge (exit code, HTTP status, page)
// translates it once.
type Code string

// The codes.
const (
	Invalid     Code = "invalid"     // the declaration or a request is wrong; the user mends it
	NotFound    Code = "not_found"   // what was named does not exist
	Conflict    Code = "conflict"    // somebody else holds it, or it is not in the state that the act needs
	Forbidden   Code = "forbidden"   // the actor may not
	Unavailable Code = "unavailable" // a part that is needed does not answer
	Newer       Code = "newer"       // the state was written by a newer Gemba
	Internal    Code = "internal"    // our fault
)

// Error is an error for people: what happened, why, and what to try.
type Error struct {
	Code Code   `json:"code"`
	What string `json:"what"`
	Why  string `json:"why,omitempty"`
	Try  string `json:"try,omitempty"` // a command or an act
	Err  error  `json:"-"`
}

func (e *Error) Error() string {
	parts := []string{e.What}
	if e.Why != "" {
		parts = append(parts, e.Why)
	} else if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf-free constructors keep call sites short: what, why, try.

// Fail makes an Error.
func Fail(code Code, what, why, try string) *Error {
	return &Error{Code: code, What: what, Why: why, Try: try}
}

// CodeOf returns the code of the first Error in err's chain, or Internal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
