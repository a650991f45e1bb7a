package view

import (
	"strings"
	"testing"
	"time"

	"gemba"
)

func TestBakingIsNarratedAndItsImageSummedUp(t *testing.T) {
	image := gemba.Image{
		Profile: "web", Base: "debian:bookworm", Size: 171_764_736, File: "/home/ana/guestbook/web.tar", Name: "guestbook",
		Digest:   gemba.Digest("sha256:" + strings.Repeat("da7f1a56", 8)),
		Artifact: gemba.Digest("sha256:" + strings.Repeat("0b1a989f", 8)),
		Packages: map[string]string{"libc6": "2.36-9+deb12u10", "nginx-light": "1.22.1-9+deb12u3"},
		Residue: []gemba.Residue{
			{Resource: "sysctl.net.ipv4.ip_forward", What: "the kernel is told when the system starts"},
			{Resource: "unit.beat", What: "it is started at the first start", Command: []string{"systemctl", "start", "beat"}},
		},
	}
	frames := []gemba.BakeFrame{
		{Says: "making the base debian:bookworm, once; that may take minutes"},
		{Says: "still making the base, 10 s: I: Unpacking tar..."},
		{Work: &gemba.HostFrame{Host: "web", Applied: &gemba.Applied{Change: gemba.Change{Kind: "package", Name: "nginx-light"}, Took: gemba.Duration(11 * time.Second)}}},
		{Says: "sealing, with 2 packages"},
	}
	shows(t, "bake", func(t *testing.T, on Terminal) string {
		var out strings.Builder
		narration := NewBake(&out, on)
		for _, f := range frames {
			if err := narration.Frame(f); err != nil {
				t.Fatal(err)
			}
		}
		if err := Image(&out, on, image, 93*time.Second); err != nil {
			t.Fatal(err)
		}
		return out.String()
	})
}
