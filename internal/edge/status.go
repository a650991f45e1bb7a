package edge

import (
	"os"
	"slices"
	"strings"

	"gemba/internal/edge/control"
)

// Status says how the edge is.
func (e *Edge) Status() control.Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := control.Status{Version: control.Version, PID: os.Getpid(), Since: e.since}
	if e.mended != nil {
		s.Mended = e.mended.Error()
	}
	for name, err := range e.shut {
		s.Shut = append(s.Shut, control.Shut{Route: name, Reason: err.Error()})
	}
	slices.SortFunc(s.Shut, func(a, b control.Shut) int { return strings.Compare(a.Route, b.Route) })
	return s
}
