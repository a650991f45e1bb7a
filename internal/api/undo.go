package api

import (
	"net/http"

	"gemba"
	"gemba/internal/api/contract"
)

func (s *server) undo(r *http.Request, w *reply) (any, error) {
	ask, err := read[contract.Undo](r)
	if err != nil {
		return nil, err
	}
	return nil, s.app.Undo(r.Context(), actor(r), ask, func(f gemba.HostFrame) error { return w.line(f) })
}
