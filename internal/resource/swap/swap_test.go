package swap_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/resource/swap"
)

const (
	file = "/swapfile"
	head = "Filename\tType\tSize\tUsed\tPriority\n"
)

// made is the content of a file that mkswap was at.
func made(size int) string {
	return strings.Repeat("\x00", 4086) + "SWAPSPACE2" + strings.Repeat("\x00", size-4096)
}

func prepare(h *memory.Host) {
	h.Set("/proc/swaps", head)
	program := func(name, flag string, do func(h *memory.Host, value string) string) {
		h.Program(name, func(h *memory.Host, c resource.Command) (resource.Output, error) {
			args, value := c.Argv[1:], ""
			if len(args) == 4 && args[0] == flag {
				value, args = args[1], args[2:]
			}
			says := "usage"
			if slices.Equal(args, []string{"--", file}) {
				says = do(h, value)
			}
			if says != "" {
				return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte(says)}
			}
			return resource.Output{}, nil
		})
	}
	change := func(h *memory.Host, content string) { // as a program does that writes into the file
		info, _ := h.Lstat(file)
		_ = h.Write(file, strings.NewReader(content), resource.Meta{Mode: info.Mode, UID: info.UID, GID: info.GID})
	}
	active := func(h *memory.Host) bool { return strings.Contains(h.Text("/proc/swaps"), file) }
	program("fallocate", "-l", func(h *memory.Host, value string) string {
		n, err := strconv.Atoi(value)
		if err != nil {
			return "invalid length"
		}
		change(h, strings.Repeat("\x00", n))
		return ""
	})
	program("mkswap", "", func(h *memory.Host, _ string) string {
		if active(h) {
			return "in use"
		}
		change(h, made(len(h.Text(file))))
		return ""
	})
	program("swapon", "-p", func(h *memory.Host, _ string) string {
		if active(h) || !strings.Contains(h.Text(file), "SWAPSPACE2") {
			return "read swap header failed"
		}
		h.Set("/proc/swaps", h.Text("/proc/swaps")+file+" file 1 0 -2\n")
		return ""
	})
	program("swapoff", "", func(h *memory.Host, _ string) string {
		if !active(h) {
			return "not in use"
		}
		h.Set("/proc/swaps", head)
		return ""
	})
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(h)
	h.Baked = rapid.Bool().Draw(t, "baked")
	there := rapid.SampledFrom([]string{"nothing", "empty", "raw", "made", "in use"}).Draw(t, "what is there")
	switch there {
	case "empty":
		h.Set(file, "")
	case "raw":
		h.Set(file, strings.Repeat("\x00", 1<<20))
	case "made", "in use":
		h.Set(file, made(1<<20))
		if there == "in use" && !h.Baked {
			h.Set("/proc/swaps", head+file+" file 1 0 -2\n")
		}
	}
	if rapid.Bool().Draw(t, "table") {
		h.Set("/etc/fstab", strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"/dev/sda1 / ext4 defaults 0 1", "/swapfile none swap sw 0 0", "/swapfile swap swap sw,pri=5", "# swap"}), 0, 3).Draw(t, "lines"), "\n"))
	}
	if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		return file, map[string]any{"absent": true}
	}
	declared := map[string]any{}
	if there == "nothing" || there == "empty" || rapid.Bool().Draw(t, "size?") {
		declared["size"] = rapid.SampledFrom([]string{"1M", "2M", "1024K"}).Draw(t, "size")
	}
	if rapid.Bool().Draw(t, "priority?") {
		declared["priority"] = rapid.SampledFrom([]int{0, 5}).Draw(t, "priority")
	}
	return file, declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, swap.Kind(), draw) }

func runs(h *memory.Host) []string {
	var calls []string
	for _, call := range h.Calls {
		if run, is := strings.CutPrefix(call, "run "); is {
			calls = append(calls, run)
		}
	}
	h.Calls = nil
	return calls
}

func TestAFileIsMadeAndUsed(t *testing.T) {
	h := memory.New()
	prepare(h)
	for _, test := range []struct {
		declared map[string]any
		calls    []string
		table    string
	}{
		{map[string]any{"size": "1M"}, []string{"fallocate -l 1048576 -- /swapfile", "mkswap -- /swapfile", "swapon -- /swapfile"}, "/swapfile none swap sw 0 0\n"},
		{map[string]any{"size": "2M", "priority": 7}, []string{"swapoff -- /swapfile", "fallocate -l 2097152 -- /swapfile", "mkswap -- /swapfile", "swapon -p 7 -- /swapfile"}, "/swapfile none swap sw,pri=7 0 0\n"},
		{map[string]any{}, nil, "/swapfile none swap sw,pri=7 0 0\n"},
		{map[string]any{"absent": true}, []string{"swapoff -- /swapfile"}, ""},
	} {
		if _, err := resourcetest.Change(t, swap.Kind(), h, file, test.declared); err != nil {
			t.Fatal(err)
		}
		if info, err := h.Lstat(file); err == nil && info.Mode != 0o600 {
			t.Errorf("%+v", info)
		}
		if calls := runs(h); !slices.Equal(calls, test.calls) || h.Text("/etc/fstab") != test.table {
			t.Errorf("%v: %q, %q", test.declared, calls, h.Text("/etc/fstab"))
		}
	}
}

func TestAFileThatIsNoSwapIsNotOverwritten(t *testing.T) {
	for _, declared := range []map[string]any{{"size": "1M"}, {}, {"absent": true}} {
		h := memory.New()
		prepare(h)
		h.Set(file, "precious")
		if _, err := resourcetest.Change(t, swap.Kind(), h, file, declared); err == nil || !strings.Contains(err.Error(), "is no swap") || h.Text(file) != "precious" {
			t.Errorf("%v: %v", declared, err)
		}
	}
}

func TestADeviceIsKnownByWhereItsLinkLeads(t *testing.T) {
	h := memory.New()
	prepare(h)
	const link = "/dev/disk/by-uuid/1"
	for _, dir := range []string{"/dev", "/dev/disk", "/dev/disk/by-uuid"} {
		if err := h.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Symlink("../../sdb", link); err != nil {
		t.Fatal(err)
	}
	h.Set("/proc/swaps", head+"/dev/sdb partition 1 0 -2\n")
	if _, err := resourcetest.Change(t, swap.Kind(), h, link, nil); err != nil || h.Text("/etc/fstab") != link+" none swap sw 0 0\n" {
		t.Errorf("%v, %q", err, h.Text("/etc/fstab"))
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for declared, name := range map[string]string{`{"size": "2"}`: file, `{"size": "G"}`: file, `{"size": "1K"}`: file, `{"size": "1MM"}`: file, `{"size": "1G"}`: "/dev/sdb", `{"absent": true, "size": "1G"}`: file, `{"priority": -1}`: file} {
		if _, err := swap.Kind().New(name, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
