package gemba

import (
	"strings"
	"time"
)

// Digest names content: "sha256:" and 64 hexadecimal digits (OCI image
// specification, descriptor digests).
type Digest string

// Short is the abbreviation that people read: the first seven hexadecimal digits.
func (d Digest) Short() string { return short(d.Hex(), 7) }

// Hex is the digest without its algorithm.
func (d Digest) Hex() string {
	_, hex, found := strings.Cut(string(d), ":")
	if !found {
		return string(d)
	}
	return hex
}

// Artifact is what a build made: immutable, found by its digest.
type Artifact struct {
	Digest       Digest    `json:"digest"`   // of its OCI manifest
	Service      string    `json:"service"`  //
	Key          string    `json:"key"`      // the build key that finds it
	Size         int64     `json:"size"`     // bytes, of its layers
	Platform     string    `json:"platform"` // "linux/amd64"
	Isolated     bool      `json:"isolated"` // built where nothing of Gemba's or of the user's could be reached
	Created      time.Time `json:"created"`
	Reproducible *bool     `json:"reproducible,omitempty"` // known once it was built again
}
