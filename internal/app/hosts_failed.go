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
