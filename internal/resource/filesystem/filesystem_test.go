package filesystem_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/filesystem"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const device = "/dev/vdb"

// programs gives a host a device and the programs for it. What is on the device is the text "TYPE LABEL".
func programs(h *memory.Host, holds string) {
	_ = h.Mkdir("/dev", resource.Meta{Mode: 0o755})
	h.Set(device, holds)
	fail := func(c resource.Command, code int, text string) (resource.Output, error) {
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: code, Stderr: []byte(text)}
	}
	h.Program("blkid", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if strings.Join(c.Argv[1:4], " ") != "-p -o export" {
			return fail(c, 4, "usage")
		}
		kind, label, _ := strings.Cut(h.Text(c.Argv[4]), " ")
		switch kind {
		case "":
			return fail(c, 2, "")
		case "both":
			return fail(c, 8, "ambivalent")
		case "gpt":
			return resource.Output{Stdout: []byte("DEVNAME=/dev/vdb\nPTUUID=1\nPTTYPE=gpt\n")}, nil
		}
		out := "DEVNAME=/dev/vdb\nTYPE=" + kind + "\nUSAGE=filesystem\n"
		if label != "" {
			out += "LABEL=" + strings.ReplaceAll(label, " ", `\ `) + "\n"
		}
		return resource.Output{Stdout: []byte(out)}, nil
	})
	for _, kind := range []string{"ext4", "xfs", "btrfs", "vfat", "swap"} {
		name, force, named := "mkfs."+kind, "-f", "-L"
		switch kind {
		case "ext4":
			force = "-F"
		case "vfat":
			force, named = "-I", "-n"
		case "swap":
			name = "mkswap"
		}
		h.Program(name, func(h *memory.Host, c resource.Command) (resource.Output, error) {
			words := slices.DeleteFunc(slices.Clone(c.Argv[1:]), func(w string) bool { return w == "-q" || w == force })
			if h.Text(device) != "" && !slices.Contains(c.Argv, force) {
				return fail(c, 1, "contains an existing filesystem")
			}
			label := ""
			if len(words) == 3 && words[0] == named {
				label, words = " "+words[1], words[2:]
			}
			if len(words) != 1 || words[0] != device {
				return fail(c, 1, fmt.Sprintf("usage: %v", words))
			}
			h.Set(device, kind+label)
			return resource.Output{}, nil
		})
	}
	h.Program("dd", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if strings.Join(c.Argv[1:], " ") != "if="+device+" of=/dev/null bs=1M count=1 status=none" {
			return fail(c, 1, "dd: unrecognized operand")
		}
		return resource.Output{}, nil
	})
	relabel := func(name string, kind string, words ...string) {
		h.Program(name, func(h *memory.Host, c resource.Command) (resource.Output, error) {
			var label string
			if len(c.Argv) != len(words) || !strings.HasPrefix(h.Text(device), kind) {
				return fail(c, 1, "usage")
			}
			for i, word := range words {
				if word == "LABEL" {
					label = c.Argv[i]
				} else if word != c.Argv[i] {
					return fail(c, 1, "usage")
				}
			}
			h.Set(device, kind+" "+label)
			return resource.Output{}, nil
		})
	}
	relabel("e2label", "ext4", "e2label", device, "LABEL")
	relabel("xfs_admin", "xfs", "xfs_admin", "-L", "LABEL", device)
	relabel("btrfs", "btrfs", "btrfs", "filesystem", "label", device, "LABEL")
	relabel("fatlabel", "vfat", "fatlabel", device, "LABEL")
	relabel("swaplabel", "swap", "swaplabel", "-L", "LABEL", device)
	h.Calls = nil
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	kinds := []string{"ext4", "xfs", "btrfs", "vfat", "swap"}
	d := map[string]any{"type": rapid.SampledFrom(kinds).Draw(t, "type")}
	holds := rapid.SampledFrom([]string{"", "same", "same OLD", "same NEW", "xfs", "gpt", "both"}).Draw(t, "holds")
	holds = strings.Replace(holds, "same", d["type"].(string), 1)
	programs(h, holds)
	d["force"] = holds != "" && !strings.HasPrefix(holds, d["type"].(string))
	if rapid.Bool().Draw(t, "label?") {
		d["label"] = rapid.SampledFrom([]string{"NEW", "A B"}).Draw(t, "label")
	}
	h.Baked = rapid.IntRange(0, 5).Draw(t, "baked") == 0
	return device, d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, filesystem.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, filesystem.Kind(), device, d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestADeviceThatHoldsSomethingIsNotFormatted(t *testing.T) {
	for holds, says := range map[string]string{"xfs": "holds xfs", "gpt": "holds a table of partitions (gpt)", "LVM2_member": "holds LVM2_member", "both": "signs of more than one thing"} {
		h := memory.New()
		programs(h, holds)
		found, err := change(t, h, map[string]any{"type": "ext4"})
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(found.May, "not formatted without force") || h.Text(device) != holds {
			t.Errorf("%s: %+v, %v", holds, found, err)
		}
	}
}

func TestADeviceThatWasFilledSinceThePlanIsNotFormatted(t *testing.T) {
	h := memory.New()
	programs(h, "")
	r := resourcetest.Declare(t, filesystem.Kind(), device, map[string]any{"type": "ext4"})
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	h.Set(device, "xfs")
	if err := r.Apply(t.Context(), h, s); err == nil || h.Text(device) != "xfs" {
		t.Errorf("%v, and it holds %q", err, h.Text(device))
	}
}

func TestALabelIsChangedInPlace(t *testing.T) {
	h := memory.New()
	programs(h, "ext4 old one")
	found, err := change(t, h, map[string]any{"type": "ext4", "label": "data"})
	if want := []gemba.Diff{{Attribute: "label", From: "old one", To: "data"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) || h.Text(device) != "ext4 data" {
		t.Errorf("%+v, %v, %q", found, err, h.Text(device))
	}
}

func TestADeviceThatCannotBeReadIsAnErrorAndNotEmpty(t *testing.T) {
	h := memory.New()
	programs(h, "")
	h.Program("blkid", func(_ *memory.Host, c resource.Command) (resource.Output, error) {
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 2, Stderr: []byte("blkid: error: /dev/vdb: Permission denied")}
	})
	r := resourcetest.Declare(t, filesystem.Kind(), device, map[string]any{"type": "ext4"})
	if _, err := r.Observe(t.Context(), h); err == nil || !strings.Contains(err.Error(), "Permission denied") {
		t.Errorf("%v", err)
	}
	programs(h, "") // some versions of blkid say nothing
	h.Program("dd", func(_ *memory.Host, c resource.Command) (resource.Output, error) {
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("dd: error reading '/dev/vdb': Input/output error")}
	})
	if _, err := change(t, h, map[string]any{"type": "ext4"}); err == nil || !strings.Contains(err.Error(), "may hold something") || h.Text(device) != "" {
		t.Errorf("%v, and it holds %q", err, h.Text(device))
	}
}

func TestADeviceThatIsNotThereYetIsNoFailureOfThePlan(t *testing.T) {
	h := memory.New()
	found, err := change(t, h, map[string]any{"type": "ext4"})
	if found.May != "there is no such device yet" || err == nil || err.Error() != "there is no device /dev/vdb" {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for declared, says := range map[string]string{
		`{}`:              "no type of a filesystem",
		`{"type": "zfs"}`: "no type of a filesystem",
		`{"type": "xfs", "label": "1234567890123"}`: "longer than the 12 bytes",
		`{"type": "vfat", "label": "data"}`:         `no small letters: "DATA"`,
		`{"type": "ext4", "label": "-x"}`:           "no label",
	} {
		if _, err := filesystem.Kind().New(device, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
