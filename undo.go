package gemba

// Undone is how putting back what an apply changed went on a host.
type Undone struct {
	Run      string            `json:"run"`                // the apply, as the host calls it
	Restored []string          `json:"restored,omitempty"` // paths that are again what they were before
	Lost     map[string]string `json:"lost,omitempty"`     // paths that are not, and why
	Told     []string          `json:"told,omitempty"`     // units that were told again
	Untold   map[string]string `json:"untold,omitempty"`   // units that were not, and why
	Stays    []string          `json:"stays,omitempty"`    // addresses of what undo cannot restore
	Why      string            `json:"why,omitempty"`      // why a guard did it by itself; "" for a person
	Error    string            `json:"error,omitempty"`    // why nothing could be done at all
}

// Good reports whether everything that is files is as it was.
func (u Undone) Good() bool { return u.Error == "" && len(u.Lost) == 0 && len(u.Untold) == 0 }

// Restorable reports whether undo can take a change back: what it changes is files, or it only told something.
func (s Schema) Restorable(c Change) bool {
	if s.Files || c.Action == ActionRestart || c.Action == ActionReload {
		return true
	}
	for _, d := range c.Diffs {
		if a, ok := s.Attribute(d.Attribute); !ok || !a.Body {
			return false
		}
	}
	return len(c.Diffs) > 0
}
