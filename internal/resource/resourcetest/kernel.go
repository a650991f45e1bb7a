package resourcetest

import (
	"strings"

	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// KernelPrograms gives a host in memory a tee(1) for the settings of its kernel, which are the files below /proc/sys that are there.
func KernelPrograms(h *memory.Host) {
	h.Program("tee", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		name := c.Argv[len(c.Argv)-1]
		_, err := h.Lstat(name)
		if len(c.Argv) != 3 || c.Argv[1] != "--" || err != nil || !strings.HasPrefix(name, "/proc/sys/") {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("tee: " + name + ": No such file or directory")}
		}
		h.Set(name, string(c.Stdin))
		return resource.Output{Stdout: c.Stdin}, nil
	})
}
