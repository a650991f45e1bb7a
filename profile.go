package gemba

import (
	"encoding/json"
	"fmt"
)

// Profile is the declared configuration of a host: a graph of resources.
type Profile struct {
	Name      string     `json:"name"`
	Resources []Resource `json:"resources"`
}

// Resource is one declarative thing with a state.
type Resource struct {
	Kind       string                     `json:"kind"`
	Name       string                     `json:"name"`
	Attributes map[string]json.RawMessage `json:"attributes,omitempty"` // as the kind's schema says; a text with later parts is {"value": Value}
	Requires   []string                   `json:"requires,omitempty"`   // addresses of what has to be there before
	Notifies   []string                   `json:"notifies,omitempty"`   // addresses of what is told when it has changed
	Place      Place                      `json:"place"`
}

// Place is where something is declared.
type Place struct {
	File string `json:"file"` // from the root of the repository
	Line int    `json:"line"` // from 1
}

func (p Place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Address names a resource in its profile: "file./etc/motd".
func (r Resource) Address() string { return Address(r.Kind, r.Name) }

// Address names a resource in its profile.
func Address(kind, name string) string { return kind + "." + name }

// Body is a text or file that goes to a host by its digest.
type Body struct {
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"`
}
