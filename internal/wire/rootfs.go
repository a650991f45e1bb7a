package wire

import "gemba"

// RootFS says what root filesystem a worker steps into: a base that stays as it is, with what is changed above it.
type RootFS struct {
	Base string `json:"base"` // directory that is not changed
	Work string `json:"work"` // directory for what is changed; the worker makes what it needs in it
	// Aside are files, text by absolute path, that are there while it is baked and nowhere after. One that the base has is left alone.
	Aside map[string]string `json:"aside,omitempty"`
}

// Seal says how a root filesystem is closed.
type Seal struct {
	// Latest is the time that no file is younger than where the packages do not say when they were made; Unix seconds.
	Latest  int64           `json:"latest"`
	Residue []gemba.Residue `json:"residue,omitempty"`
}

// Sealed is what is said of a root filesystem, in one line, before the bytes of its tar.
type Sealed struct {
	Packages  map[string]string `json:"packages"`   // version by name
	FirstBoot bool              `json:"first_boot"` // a unit was added that does what is left
}
