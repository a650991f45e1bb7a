package rootfs

import (
	"encoding/json"
	"fmt"
	"io"

	"gemba/internal/wire"
)

// Seal closes the root filesystem that this process has stepped into: it reads how from in, tidies, says in one line what is in it, and
// writes its tar to out. The same packages and the same profile give the same bytes, whenever and wherever that is done.
func Seal(in io.Reader, out io.Writer) error {
	var how wire.Seal
	if err := json.NewDecoder(in).Decode(&how); err != nil {
		return fmt.Errorf("reading how it is sealed: %w", err)
	}
	last, err := latest(how.Latest)
	if err != nil {
		return fmt.Errorf("looking how old it is: %w", err)
	}
	if err := tidy(); err != nil {
		return err
	}
	if err := agePasswords(last); err != nil {
		return err
	}
	var sealed wire.Sealed
	if sealed.FirstBoot, err = addFirstBoot(how.Residue); err != nil {
		return err
	}
	if sealed.Packages, err = installed(); err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(sealed); err != nil {
		return fmt.Errorf("saying what is in it: %w", err)
	}
	return pack("/", last, out)
}
