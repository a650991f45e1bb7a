package ssh

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"gemba"
)

func TestMachineWithoutAWorker(t *testing.T) {
	for machine, says := range map[string]string{"riscv64": `"riscv64"; there are workers for x86_64 and aarch64`, "aarch64": "no worker for arm64"} {
		t.Run(machine, func(t *testing.T) {
			s := serve(t, "SetEnv PATH=DIR/bin:/usr/bin:/bin")
			must(t, os.Mkdir(s.path("bin"), 0o755))
			write(t, s.path("bin/uname"), "#!/bin/sh\necho "+machine+"\n")
			must(t, os.Chmod(s.path("bin/uname"), 0o755))
			_, err := dial(t, options(t, s), s.host("web-1")).Worker(soon(t))
			refused(t, err, gemba.Invalid, "web-1", says)
		})
	}
}

func TestPlacesThatTakeNoWorker(t *testing.T) {
	s := serve(t)
	for name, c := range map[string]struct {
		flags uintptr
		data  string
		says  string
		later bool // the worker is started, and then cannot be run
	}{
		"full":      {data: "size=64k", says: "no space left"},
		"read-only": {flags: unix.MS_RDONLY, says: "read-only"},
		"no-exec":   {flags: unix.MS_NOEXEC, says: "noexec", later: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, s)
			dir := t.TempDir()
			if err := unix.Mount("tmpfs", dir, "tmpfs", c.flags, c.data); err != nil {
				t.Skipf("LEFT OUT: nothing may be mounted here: %v", err)
			}
			t.Cleanup(func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) })
			o.Prefix = filepath.Join(dir, "worker")
			link := dial(t, o, s.host("web-1"))
			session, err := link.Worker(soon(t))
			if c.later {
				must(t, err)
				if out, err := io.ReadAll(session); err != nil || len(out) > 0 {
					t.Errorf("%q, %v", out, err)
				}
				err = session.Wait()
			}
			refused(t, err, gemba.Unavailable, "web-1", c.says, "cannot be")
		})
	}
}

func TestDirectoryThatCannotBeMade(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	o.Prefix = filepath.Join(t.TempDir(), "file", "worker")
	write(t, filepath.Dir(o.Prefix), "")
	_, err := dial(t, o, s.host("web-1")).Worker(soon(t))
	refused(t, err, gemba.Unavailable, "no directory can be made in "+o.Prefix, "Not a directory")
}

func TestNoisyLoginShell(t *testing.T) {
	s := serve(t, "SetEnv BASH_ENV=DIR/noise")
	shellNoise := "echo Welcome to this host\nprintf 'no line end'\n"
	write(t, s.path("noise"), shellNoise)
	o := options(t, s)
	if out := say(t, dial(t, o, s.host("web-1")), "x"); out != "uid=0 umask=077 [\"x\"]\n" {
		t.Errorf("the worker said %q", out)
	}
}

func TestForcedCommand(t *testing.T) {
	s := serve(t, "ForceCommand echo this account is not available")
	_, err := dial(t, options(t, s), s.host("web-1")).Worker(soon(t))
	refused(t, err, gemba.Unavailable, "web-1", "starts no program", "this account is not available")
}
