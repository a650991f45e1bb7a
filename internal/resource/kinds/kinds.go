// Package kinds is the list of all kinds of resources: the words that a profile may use.
package kinds

import (
	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/file"
)

// All are the kinds, in the order in which the reference shows them.
func All() []resource.Kind {
	return []resource.Kind{
		file.Kind(),
	}
}

// Schemas are what a declaration may say of each kind.
func Schemas() []gemba.Schema {
	var schemas []gemba.Schema
	for _, k := range All() {
		schemas = append(schemas, k.Schema)
	}
	return schemas
}
