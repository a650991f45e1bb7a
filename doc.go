// Package gemba holds the nouns of the trade: service, commit, build,
// artifact, release, environment, pipeline, run, event, and what they are made of.
//
// The package is pure: it imports only the standard library and does no I/O.
// Every noun is a value that marshals to the JSON that the API, `--json`
// and the ledger show, so there is one spelling of each fact.
package gemba
