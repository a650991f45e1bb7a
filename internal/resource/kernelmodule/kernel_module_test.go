package kernelmodule_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/kernelmodule"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

func prepare(t interface{ Fatal(...any) }, h *memory.Host) {
	for _, dir := range []string{"/etc/modules-load.d", "/etc/modprobe.d"} {
		if err := h.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	h.Set("/proc/modules", "ext4 1 2 - Live 0x0\n")
	h.Set("/proc/sys/kernel/osrelease", "6.1.0\n")
	h.Set("/lib/modules/6.1.0/modules.builtin", "kernel/fs/binfmt-elf.ko\n")
	h.Program("modprobe", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		name := c.Argv[len(c.Argv)-1]
		line := strings.ReplaceAll(name, "-", "_") + " 1 2 - Live 0x0\n"
		switch flags := strings.Join(c.Argv[1:len(c.Argv)-1], " "); flags {
		case "--":
			h.Set("/proc/modules", h.Text("/proc/modules")+line)
		case "-r --":
			if !strings.Contains(h.Text("/proc/modules"), line) {
				return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("not loaded")}
			}
			h.Set("/proc/modules", strings.ReplaceAll(h.Text("/proc/modules"), line, ""))
		default:
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("invalid option")}
		}
		return resource.Output{}, nil
	})
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(t, h)
	h.Baked = rapid.Bool().Draw(t, "baked")
	if rapid.Bool().Draw(t, "loaded") {
		h.Set("/proc/modules", "br_netfilter 1 2 - Live 0x0\n")
	}
	name := rapid.SampledFrom([]string{"br_netfilter", "br-netfilter", "binfmt_elf"}).Draw(t, "name")
	for _, file := range []string{"/etc/modules-load.d/gemba-" + name + ".conf", "/etc/modprobe.d/gemba-" + name + ".conf"} {
		if rapid.Bool().Draw(t, file) {
			h.Set(file, rapid.SampledFrom([]string{"", name + "\n"}).Draw(t, "content"))
		}
	}
	declared := map[string]any{}
	switch rapid.SampledFrom([]string{"", "options", "blacklist", "absent"}).Draw(t, "what") {
	case "options":
		declared["options"] = "a=1 b=2"
	case "blacklist":
		declared["blacklist"] = true
	case "absent":
		declared["absent"] = true
	}
	return name, declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, kernelmodule.Kind(), draw) }

func TestAModuleIsLoadedNowAndAtEveryStart(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	if _, err := resourcetest.Change(t, kernelmodule.Kind(), h, "br-netfilter", map[string]any{"options": "a=1"}); err != nil {
		t.Fatal(err)
	}
	if got := h.Calls[len(h.Calls)-3:]; !slices.Equal(got, []string{"write /etc/modprobe.d/gemba-br-netfilter.conf", "write /etc/modules-load.d/gemba-br-netfilter.conf", "run modprobe -- br-netfilter"}) {
		t.Errorf("%q", got)
	}
}

func TestABlacklistedModuleIsUnloadedAndCannotBeLoaded(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	h.Set("/proc/modules", "usb_storage 1 2 - Live 0x0\n")
	if _, err := resourcetest.Change(t, kernelmodule.Kind(), h, "usb-storage", map[string]any{"blacklist": true}); err != nil {
		t.Fatal(err)
	}
	if h.Text("/proc/modules") != "" || !strings.Contains(h.Text("/etc/modprobe.d/gemba-usb-storage.conf"), "install usb-storage /bin/false") {
		t.Error(h.Text("/proc/modules"))
	}
}

func TestWhatIsAPartOfTheKernelIsNotLoaded(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	if _, err := resourcetest.Change(t, kernelmodule.Kind(), h, "binfmt_elf", nil); err != nil || slices.Contains(h.Calls, "run modprobe -- binfmt_elf") {
		t.Error(err, h.Calls)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for name, declared := range map[string]string{"a b": `{}`, "-r": `{}`, "a": `{"blacklist": true, "options": "a"}`, "b": `{"options": "a\ninstall b x"}`, "c": `{"absent": true, "options": "a"}`, "../d": `{}`} {
		if _, err := kernelmodule.Kind().New(name, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
