package web

import (
	"fmt"
	"strings"
)

// Before and After are the neighbours of the event on its page.
func (p eventPage) Before() int64 { return p.Event.Seq - 1 }

// After is the next event's number.
func (p eventPage) After() int64 { return p.Event.Seq + 1 }

// Total, From and To say which part of a log a page shows.
func (p logPage) Total() int64 { return int64(p.Log.Total) }

// From is the first line shown.
func (p logPage) From() int64 { return int64(p.Log.First) }

// To is the last line shown.
func (p logPage) To() int64 { return int64(p.Log.Next) }

// Begun reports whether there can be a log.
func (s stepView) Begun() bool { return !s.Started.IsZero() || s.Log != nil && len(s.Log.Lines) > 0 }

// Said is a step's outcome in a line, with what is unusual about it.
func (s stepView) Said() string {
	var parts []string
	if lead, _, _ := strings.Cut(s.Message, "\n"); lead != "" {
		parts = append(parts, lead)
	}
	if s.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", s.Attempt))
	}
	if s.Once {
		parts = append(parts, "runs once")
	}
	return strings.Join(parts, " · ")
}
