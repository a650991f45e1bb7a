package gemba

// Image is a root filesystem that a profile was baked into.
type Image struct {
	Profile   string            `json:"profile"`
	Commit    Commit            `json:"commit"`
	Base      string            `json:"base"`               // "debian:bookworm", or the path of a directory or tar
	Digest    Digest            `json:"digest"`             // of the tar
	Size      int64             `json:"size"`               // of the tar, in bytes
	File      string            `json:"file,omitempty"`     // where the tar was written
	Name      string            `json:"name,omitempty"`     // in the artifact store
	Artifact  Digest            `json:"artifact,omitempty"` // of its manifest there
	Packages  map[string]string `json:"packages,omitempty"` // version by name
	Residue   []Residue         `json:"residue,omitempty"`
	FirstBoot bool              `json:"first_boot,omitempty"` // a unit does, once, what starting a system does not do by itself
	Lock      string            `json:"lock,omitempty"`       // the text of PROFILE.lock that now holds
}

// Residue is what of a resource only a running system can do, and what a root filesystem leaves to the start of a host.
type Residue struct {
	Resource string   `json:"resource,omitempty"` // its address
	What     string   `json:"what"`               // "starts with the system"
	Command  []string `json:"command,omitempty"`  // that does it, once, at the first start; none: starting does it
}

// BakeFrame is one message of a live stream of baking. One field is set; the last frame carries the image, or why there is none.
type BakeFrame struct {
	Says   string     `json:"says,omitempty"` // what begins now, or is worth knowing
	Work   *HostFrame `json:"work,omitempty"` // what is done in the root filesystem
	Image  *Image     `json:"image,omitempty"`
	Failed *Error     `json:"failed,omitempty"` // why there is none
}
