package authorizedkey

import (
	"testing"
)

// A key that is written is found again, whatever options the file gives it.
func FuzzALineIsReadAsItWasWritten(f *testing.F) {
	const public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8nGL7yrIsjUXSWrMDX5i1n4uJ8c0h8f7Ri1kBkzKeV"
	for _, line := range []string{public, "  " + public + " a  b", `command="a \" b",no-pty ` + public, `from="x` + public, "#" + public, "no-pty\t" + public + "\r"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		k, is := parseLine(line)
		if !is {
			return
		}
		again, is := parseLine(k.String())
		if !is || again != k {
			t.Errorf("%q: %+v became %+v", line, k, again)
		}
	})
}
