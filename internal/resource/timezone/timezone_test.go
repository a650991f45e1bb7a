package timezone_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/resource/timezone"
)

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	h.Set("/usr/share/zoneinfo/Europe/Berlin", "TZif")
	switch target := rapid.SampledFrom([]string{"", "a copy", "/usr/share/zoneinfo/Europe/Berlin", "../usr/share/zoneinfo/Europe/Berlin", "/usr/share/zoneinfo/UTC"}).Draw(t, "local"); target {
	case "":
	case "a copy":
		h.Set("/etc/localtime", "TZif")
	default:
		if err := h.Symlink(target, "/etc/localtime"); err != nil {
			t.Fatal(err)
		}
	}
	if rapid.Bool().Draw(t, "text") {
		h.Set("/etc/timezone", rapid.SampledFrom([]string{"", "Europe/Berlin", "Etc/UTC\n"}).Draw(t, "says"))
	}
	return "Europe/Berlin", nil
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, timezone.Kind(), draw) }

func TestARelativeLinkIsTheSameZone(t *testing.T) {
	h := memory.New()
	h.Set("/usr/share/zoneinfo/Europe/Berlin", "TZif")
	if err := h.Symlink("../usr/share/zoneinfo/Europe/Berlin", "/etc/localtime"); err != nil {
		t.Fatal(err)
	}
	if difference, err := resourcetest.Change(t, timezone.Kind(), h, "Europe/Berlin", nil); err != nil || !difference.None() {
		t.Errorf("%+v, %v", difference, err)
	}
	if h.Text("/etc/timezone") != "" {
		t.Error("a file came that nobody missed")
	}
}

func TestAZoneThatIsNotThereIsNotTaken(t *testing.T) {
	h := memory.New()
	if _, err := resourcetest.Change(t, timezone.Kind(), h, "Europe/Atlantis", nil); err == nil || !strings.Contains(err.Error(), "tzdata") {
		t.Error(err)
	}
	if _, err := h.Lstat("/etc/localtime"); err == nil {
		t.Error("a link leads to nothing")
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, name := range []string{"../etc/passwd", "/Europe/Berlin", "Europe/Berlin ", "a/../b"} {
		if _, err := timezone.Kind().New(name, nil); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
