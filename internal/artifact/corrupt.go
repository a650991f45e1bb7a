package artifact

import (
	"fmt"

	"gemba"
)

// CorruptError tells that a blob of the store does not have the bytes that
// its digest promises. Nothing of it was used.
type CorruptError struct {
	Digest   gemba.Digest // of the blob
	Artifact gemba.Digest // that the blob belongs to; the same for a manifest
	Path     string       // the file that holds it
	Why      string       // "has 512 bytes instead of 8,192"
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("artifact %s is damaged and is not used: %s %s", e.Artifact.Short(), e.Path, e.Why)
}

// Unwrap gives edges the same fact as what, why and try.
func (e *CorruptError) Unwrap() error {
	return gemba.Fail(gemba.Internal,
		fmt.Sprintf("artifact %s is damaged and is not used", e.Artifact.Short()),
		fmt.Sprintf("%s %s; its digest is %s", e.Path, e.Why, e.Digest),
		"check the disk, then gemba ship: it is built again")
}
