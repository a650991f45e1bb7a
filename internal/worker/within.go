package worker

import (
	"errors"

	"gemba/internal/rootfs"
)

// within does what the words say in a root filesystem: the program that is running steps in, and is not in it as a file.
func within(args []string, streams Streams) error {
	if len(args) < 2 {
		return errors.New("within needs a file and what to do")
	}
	words := args[1:]
	if words[0] == "seal" {
		if err := rootfs.Enter(args[0], false); err != nil {
			return err
		}
		return rootfs.Seal(streams.In, streams.Out)
	}
	if err := rootfs.Enter(args[0], true); err != nil {
		return err
	}
	return run(words, streams)
}
