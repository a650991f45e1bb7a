// Package kinds is the list of all kinds of resources.
package kinds

import (
	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/file"
)

// All are the kinds, in the order of the reference.
func All() []resource.Kind {
	return []resource.Kind{file.Kind()}
}

// ByName are the kinds by their names.
func ByName() map[string]resource.Kind {
	named := map[string]resource.Kind{}
	for _, k := range All() {
		named[k.Schema.Kind] = k
	}
	return named
}

// Schemas are what a declaration is decoded by.
func Schemas() []gemba.Schema {
	var all []gemba.Schema
	for _, k := range All() {
		all = append(all, k.Schema)
	}
	return all
}
