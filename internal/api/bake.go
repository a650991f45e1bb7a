package api

import (
	"net/http"

	"gemba"
	"gemba/internal/api/contract"
)

func (s *server) bake(r *http.Request, w *reply) (any, error) {
	ask, err := read[contract.Bake](r)
	if err != nil {
		return nil, err
	}
	return nil, s.app.Bake(r.Context(), actor(r), ask, func(f gemba.BakeFrame) error { return w.line(f) })
}
