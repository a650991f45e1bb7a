package resource

import (
	"context"
	"strings"
)

// ReadKernel reads a setting of the running kernel, below /proc/sys. False: there is none that could be read.
func ReadKernel(files Files, name string) (string, bool) {
	text, err := files.ReadFile("/proc/sys/" + name)
	return strings.TrimSpace(string(text)), err == nil
}

// WriteKernel changes a setting of the running kernel. It does not go through Files, which put a file in the place of a file:
// those of the kernel can only be written into.
func WriteKernel(ctx context.Context, sys System, name, value string) error {
	_, err := sys.Run(ctx, Command{Argv: []string{"tee", "--", "/proc/sys/" + name}, Stdin: []byte(value + "\n")})
	return err
}
