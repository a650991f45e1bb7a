package hostname_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource/hostname"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	resourcetest.KernelPrograms(h)
	if rapid.Bool().Draw(t, "file") {
		h.Set("/etc/hostname", rapid.SampledFrom([]string{"", "web1", "old\n", "# it\nweb1\n"}).Draw(t, "content"))
	}
	if rapid.Bool().Draw(t, "kernel") {
		h.Set("/proc/sys/kernel/hostname", rapid.SampledFrom([]string{"web1\n", "old\n"}).Draw(t, "running"))
	}
	h.Baked = rapid.Bool().Draw(t, "baked")
	return "web1", nil
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, hostname.Kind(), draw) }

func TestAnImageKnowsNothingOfTheKernelItIsBakedOn(t *testing.T) {
	for _, baked := range []bool{true, false} {
		h := memory.New()
		resourcetest.KernelPrograms(h)
		h.Baked = baked
		h.Set("/proc/sys/kernel/hostname", "builder\n")
		if _, err := resourcetest.Change(t, hostname.Kind(), h, "web1.example.com", nil); err != nil {
			t.Fatal(err)
		}
		if got := h.Text("/proc/sys/kernel/hostname"); h.Text("/etc/hostname") != "web1.example.com\n" || (got == "builder\n") != baked {
			t.Errorf("baked %v: %q", baked, got)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"a_b", "-a", "a-", "a..b", ".", strings.Repeat("a", 65), "a b"} {
		if _, err := hostname.Kind().New(name, nil); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
