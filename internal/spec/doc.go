// Package spec turns declaration text into nouns, with diagnostics.
//
// A declaration is one or more HCL files. One value, the schema in
// vocabulary.go, says which blocks and attributes there are, their types and
// defaults; decoding, diagnostics and the reference page all come from it.
//
// Decoding goes in five steps, and each goes on after a mistake so that all of
// them come at once: parse (source.go), shape against the schema (node.go), name
// what can be referred to (names.go), read each attribute by its kind (read.go,
// kinds.go), and build the nouns (service.go, environment.go, pipeline.go,
// host.go, profile.go).
//
// What may stand in a profile comes from outside: a gemba.Schema for each kind
// of resource becomes a block (resource.go). The name of a resource may hold
// values (label.go), and one block may stand for several (turns.go); so
// profiles are named first, then read, each resource with what stands beside it (neighbour.go).
package spec
