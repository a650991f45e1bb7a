package mount_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/mount"
	"gemba/internal/resource/resourcetest"
)

const (
	place = "/srv/my data"
	info  = "/proc/self/mountinfo"
	root  = "25 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
	line  = `30 25 8:2 / /srv/my\040data rw shared:2 - ext4 /dev/sdb1 rw` + "\n"
)

// prepare gives a host mount and umount, which change its table of mounts.
func prepare(t interface{ Fatal(...any) }, h *memory.Host) {
	if err := h.Mkdir("/srv", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	h.Set(info, root)
	failed := func(c resource.Command, says string) (resource.Output, error) {
		return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 32, Stderr: []byte(says)}
	}
	h.Program("mount", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		mounted := strings.Contains(h.Text(info), line)
		switch args := c.Argv[1:]; {
		case slices.Equal(args, []string{"--", place}):
			if mounted || !strings.Contains(h.Text("/etc/fstab"), `/srv/my\040data`) {
				return failed(c, "already mounted, or not in fstab")
			}
			if _, err := h.Lstat(place); err != nil {
				return failed(c, "mount point does not exist")
			}
			h.Set(info, h.Text(info)+line)
		case len(args) == 4 && args[0] == "-o" && strings.HasPrefix(args[1], "remount,") && args[3] == place:
			if !mounted {
				return failed(c, "not mounted")
			}
		default:
			return failed(c, "usage")
		}
		return resource.Output{}, nil
	})
	h.Program("umount", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if !slices.Equal(c.Argv[1:], []string{"--", place}) || !strings.Contains(h.Text(info), line) {
			return failed(c, "not mounted")
		}
		h.Set(info, strings.Replace(h.Text(info), line, "", 1))
		return resource.Output{}, nil
	})
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(t, h)
	h.Baked = rapid.Bool().Draw(t, "baked")
	if rapid.Bool().Draw(t, "is mounted") {
		h.Set(info, root+line)
		if err := h.Mkdir(place, resource.Meta{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
	}
	if rapid.Bool().Draw(t, "table") {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"# /etc/fstab", "/dev/sda1 / ext4 defaults 0 1", `/dev/sdb1 /srv/my\040data ext4`, `/dev/sdc1	/srv/my\040data  xfs noatime 0 2`, `UUID=1 /srv/my\040data ext4 defaults,nofail`}), 0, 4).Draw(t, "lines")
		h.Set("/etc/fstab", strings.Join(lines, "\n"))
	}
	if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		return place, map[string]any{"absent": true}
	}
	declared := map[string]any{"device": rapid.SampledFrom([]string{"/dev/sdb1", "UUID=1", "//host/a share"}).Draw(t, "device"), "type": "ext4"}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			declared[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	maybe("options", "defaults", "noatime,nofail")
	maybe("dump", 0, 1)
	maybe("pass", 0, 2)
	maybe("mounted", true, false)
	return place, declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, mount.Kind(), draw) }

func commands(h *memory.Host) []string {
	var calls []string
	for _, call := range h.Calls {
		if strings.HasPrefix(call, "run ") || strings.HasPrefix(call, "write ") {
			calls = append(calls, strings.TrimPrefix(call, "run "))
		}
	}
	h.Calls = nil
	return calls
}

func TestWhatIsMountedFollowsTheLine(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	h.Set("/etc/fstab", "# the disks\n/dev/sda1 / ext4 errors=remount-ro 0 1")
	for _, test := range []struct {
		declared map[string]any
		calls    []string
		table    string
	}{
		{map[string]any{"device": "/dev/sdb1", "type": "ext4", "mounted": true}, []string{"write /etc/fstab", "mount -- " + place}, `/dev/sdb1 /srv/my\040data ext4 defaults 0 0` + "\n"},
		{map[string]any{"device": "/dev/sdb1", "type": "ext4", "mounted": true, "options": "ro"}, []string{"mount -o remount,ro -- " + place, "write /etc/fstab"}, `/dev/sdb1 /srv/my\040data ext4 ro 0 0` + "\n"},
		{map[string]any{"device": "/dev/sdc1", "type": "ext4", "mounted": true, "pass": 2}, []string{"umount -- " + place, "write /etc/fstab", "mount -- " + place}, `/dev/sdc1 /srv/my\040data ext4 ro 0 2` + "\n"},
		{map[string]any{"device": "/dev/sdd1", "type": "ext4"}, []string{"write /etc/fstab"}, `/dev/sdd1 /srv/my\040data ext4 ro 0 2` + "\n"},
		{map[string]any{"absent": true}, []string{"umount -- " + place, "write /etc/fstab"}, ""},
	} {
		if _, err := resourcetest.Change(t, mount.Kind(), h, place, test.declared); err != nil {
			t.Fatal(err)
		}
		if calls := commands(h); !slices.Equal(calls, test.calls) || h.Text("/etc/fstab") != "# the disks\n/dev/sda1 / ext4 errors=remount-ro 0 1\n"+test.table {
			t.Errorf("%v: %q\n%s", test.declared, calls, h.Text("/etc/fstab"))
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"needs device and type": `{"device": "/dev/sdb"}`,
		"nothing else":          `{"absent": true, "mounted": true}`,
		"the kind swap":         `{"device": "/dev/sdb", "type": "swap"}`,
		"no blanks":             `{"device": "/dev/sdb", "type": "ext4", "options": "a b"}`,
		"is no device":          `{"device": "#x", "type": "ext4"}`,
	} {
		if _, err := mount.Kind().New(place, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
	if _, err := mount.Kind().New("/", []byte(`{"absent": true}`)); err == nil {
		t.Error("the root file system may be absent")
	}
}
