package app

import (
	"context"
	"errors"

	"gemba"
)

// told is an error in the words of a host's result: what, why, and what to try.
func told(err error) string {
	if errors.Is(err, context.Canceled) {
		return "it was interrupted: what the host had in hand is ended there, and no more is begun"
	}
	var e *gemba.Error
	if errors.As(err, &e) && e.Try != "" {
		return err.Error() + "; try: " + e.Try
	}
	return err.Error()
}

// counted is the result of a host that could not say it any more: what it had told of each change by then.
func counted(made map[string]gemba.Applied) gemba.HostResult {
	var r gemba.HostResult
	for _, a := range made {
		if a.Good() {
			r.Changed++
		} else {
			r.Failed++
		}
	}
	return r
}
