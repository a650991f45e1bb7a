package rootfs

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gemba"
)

func bases(t *testing.T) Bases {
	t.Helper()
	return Bases{Dir: filepath.Join(t.TempDir(), "bases"), Says: func(text string) { t.Log(text) }}
}

func TestATarIsABaseOnce(t *testing.T) {
	tree, file := t.TempDir(), filepath.Join(t.TempDir(), "base.tar.gz")
	if err := os.MkdirAll(filepath.Join(tree, "usr", "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-czf", file, "-C", tree, ".").CombinedOutput(); err != nil {
		t.Skipf("there is no tar: %v: %s", err, out)
	}
	b := bases(t)
	first, err := b.Find(t.Context(), file, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(first, "usr", "bin")); err != nil {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(first, "mark"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := b.Find(t.Context(), file, true)
	if _, gone := os.Stat(filepath.Join(first, "mark")); err != nil || again != first || gone != nil {
		t.Errorf("it was unpacked again: %s, %v, %v", again, err, gone)
	}
}

func TestWhatIsNoBaseSaysSo(t *testing.T) {
	empty := t.TempDir()
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte("no tar\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, why := range map[string]string{
		"debian:Bad Suite": "no release of Debian", "debian:../x": "no release of Debian", "/nowhere/at/all": "there is no base", empty: "no root filesystem", text: "cannot be unpacked",
	} {
		b := bases(t)
		if _, err := b.Find(t.Context(), name, false); err == nil || !strings.Contains(err.Error(), why) || gemba.CodeOf(err) == gemba.Internal {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(b.Dir, "*.part")); len(left) > 0 {
			t.Errorf("%s leaves %v", name, left)
		}
	}
}

func TestABaseThatCannotBeRenewedStays(t *testing.T) {
	b := bases(t)
	made := func(ctx context.Context, dir string, _ *os.File) error { return os.Mkdir(dir, 0o755) }
	dir, err := b.keep(t.Context(), "x", "x", false, made)
	if err != nil {
		t.Fatal(err)
	}
	broken := func(ctx context.Context, dir string, _ *os.File) error {
		return errors.Join(os.Mkdir(dir, 0o755), errors.New("the network is gone"))
	}
	if _, err := b.keep(t.Context(), "x", "x", true, broken); err == nil {
		t.Error("it went well")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the base is gone: %v", err)
	}
}

func TestALockPinsEveryPackage(t *testing.T) {
	files := Aside(map[string]string{"nginx-light": "1.22.1-9", "libc6": "2.36-9"}, func(name string) string {
		return map[string]string{"http_proxy": "http://proxy.example:3128"}[name]
	})
	want := "Package: libc6\nPin: version 2.36-9\nPin-Priority: 1001\n\nPackage: nginx-light\nPin: version 1.22.1-9\nPin-Priority: 1001\n\n"
	if got := files["/etc/apt/preferences.d/00gemba-bake"]; got != want {
		t.Errorf("%s", got)
	}
	if got := files["/etc/apt/apt.conf.d/00gemba-bake"]; got != "Acquire::http::Proxy \"http://proxy.example:3128\";\n" {
		t.Errorf("%s", got)
	}
	if files := Aside(nil, func(string) string { return "" }); files["/etc/apt/preferences.d/00gemba-bake"] != "" || !strings.HasPrefix(files["/usr/sbin/policy-rc.d"], "#!/bin/sh\n") {
		t.Errorf("%v", files)
	}
}
