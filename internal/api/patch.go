package api

import (
	"net/http"

	"gemba"
	"gemba/internal/api/contract"
)

func (s *server) patch(r *http.Request, w *reply) (any, error) {
	ask, err := read[contract.Patch](r)
	if err != nil {
		return nil, err
	}
	return nil, s.app.Patch(r.Context(), actor(r), ask, func(f gemba.HostFrame) error { return w.line(f) })
}
