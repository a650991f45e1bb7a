package locale_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/locale"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

// archive is where the host in memory keeps what is generated.
const archive = "/usr/lib/locale/archive"

func prepare(t interface{ Fatal(...any) }, h *memory.Host) {
	if err := h.Mkdir("/etc/default", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	refuse := func(c resource.Command) error {
		return &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("usage")}
	}
	h.Program("locale", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if !slices.Equal(c.Argv, []string{"locale", "-a"}) {
			return resource.Output{}, refuse(c)
		}
		return resource.Output{Stdout: []byte("C\nC.utf8\nPOSIX\n" + h.Text(archive))}, nil
	})
	h.Program("locale-gen", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if len(c.Argv) != 1 {
			return resource.Output{}, refuse(c)
		}
		var b strings.Builder
		for line := range strings.Lines(h.Text("/etc/locale.gen")) {
			fields := strings.Fields(line)
			if len(fields) != 2 || fields[0] == "#" {
				continue
			}
			language, _, _ := strings.Cut(fields[0], ".")
			charset := strings.ToLower(strings.ReplaceAll(fields[1], "-", ""))
			if fields[0] == language || strings.Contains(language, "@") {
				fmt.Fprintln(&b, fields[0])
				continue
			}
			fmt.Fprintln(&b, language+"."+charset)
		}
		h.Set(archive, b.String())
		return resource.Output{}, nil
	})
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(t, h)
	h.Set("/etc/locale.gen", rapid.SampledFrom([]string{"", "# de_DE.UTF-8 UTF-8\n# fr_FR.UTF-8 UTF-8\n", "de_DE.UTF-8 UTF-8", "#de_DE.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\n"}).Draw(t, "list"))
	h.Set(archive, rapid.SampledFrom([]string{"", "de_DE.utf8\n"}).Draw(t, "archive"))
	if rapid.Bool().Draw(t, "defaults") {
		h.Set("/etc/default/locale", rapid.SampledFrom([]string{"", "LANG=\"de_DE.UTF-8\"\n", "LC_ALL=C\nLANG=C"}).Draw(t, "default"))
	}
	name := rapid.SampledFrom([]string{"de_DE.UTF-8", "C.UTF-8", "de_DE@euro"}).Draw(t, "name")
	declared := map[string]any{}
	if name == "de_DE@euro" {
		declared["charset"] = "ISO-8859-15"
	}
	switch rapid.SampledFrom([]string{"", "default", "absent"}).Draw(t, "what") {
	case "default":
		declared["default"] = true
	case "absent":
		if name != "C.UTF-8" {
			declared["absent"] = true
		}
	}
	return name, declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, locale.Kind(), draw) }

func TestAMissingLocaleIsGeneratedAndTakenAsTheDefault(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	h.Set("/etc/locale.gen", "# This file lists them.\n# de_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n")
	h.Set(archive, "en_US.utf8\n")
	h.Set("/etc/default/locale", "LANG=en_US.UTF-8\nLC_TIME=C\n")
	if _, err := resourcetest.Change(t, locale.Kind(), h, "de_DE.UTF-8", map[string]any{"default": true}); err != nil {
		t.Fatal(err)
	}
	if h.Text("/etc/locale.gen") != "# This file lists them.\nde_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n" || h.Text(archive) != "de_DE.utf8\nen_US.utf8\n" || h.Text("/etc/default/locale") != "LANG=de_DE.UTF-8\nLC_TIME=C\n" {
		t.Errorf("%q %q %q", h.Text("/etc/locale.gen"), h.Text(archive), h.Text("/etc/default/locale"))
	}
	h.Calls = nil
	if difference, err := resourcetest.Change(t, locale.Kind(), h, "de_DE.UTF-8", nil); err != nil || !difference.None() || slices.Contains(h.Calls, "run locale-gen") {
		t.Errorf("%+v, %v, %v", difference, err, h.Calls)
	}
}

func TestWithoutTheProgramThePackageIsNamed(t *testing.T) {
	h := memory.New()
	h.Program("locale", func(*memory.Host, resource.Command) (resource.Output, error) { return resource.Output{}, nil })
	if _, err := resourcetest.Change(t, locale.Kind(), h, "de_DE.UTF-8", nil); err == nil || !strings.Contains(err.Error(), "the package locales") {
		t.Error(err)
	}
}

func TestWhatIsNotToBeThereNeedsNoEncoding(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	h.Set("/etc/locale.gen", "de_DE ISO-8859-1\nde_DE.UTF-8 UTF-8\n")
	h.Set(archive, "de_DE\nde_DE.utf8\n")
	if _, err := resourcetest.Change(t, locale.Kind(), h, "de_DE", map[string]any{"absent": true}); err != nil || h.Text("/etc/locale.gen") != "# de_DE ISO-8859-1\nde_DE.UTF-8 UTF-8\n" || h.Text(archive) != "de_DE.utf8\n" {
		t.Errorf("%v, %q, %q", err, h.Text("/etc/locale.gen"), h.Text(archive))
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for name, declared := range map[string]string{"de_DE": `{}`, "de DE.UTF-8": `{}`, "C": `{"absent": true}`, "de_DE.UTF-8": `{"absent": true, "default": true}`, "-a.UTF-8": `{}`} {
		if _, err := locale.Kind().New(name, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
