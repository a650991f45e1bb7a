package api

import (
	"errors"
	"net/http"

	"gemba"
	"gemba/internal/api/contract"
)

// bake answers with a stream. What fails after its first line is told in its last.
func (s *server) bake(r *http.Request, w *reply) (any, error) {
	ask, err := read[contract.Bake](r)
	if err != nil {
		return nil, err
	}
	begun := false
	err = s.app.Bake(r.Context(), actor(r), ask, func(f gemba.BakeFrame) error {
		begun = true
		return w.line(f)
	})
	if err == nil || !begun {
		return nil, err
	}
	failure := &gemba.Error{Code: gemba.Internal, What: err.Error()}
	errors.As(err, &failure)
	return nil, w.line(gemba.BakeFrame{Failed: failure})
}
