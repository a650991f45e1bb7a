package rootfs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"gemba"
)

// recipe is all that decides what a base of Debian contains: its digest names the base.
type recipe struct {
	Suite    string
	Packages []string
	Sources  string   // of packages, for what is baked from it
	Removed  []string // what debootstrap takes over from this machine, and leaves of its work
}

func debian(suite string) recipe {
	sources := fmt.Sprintf("deb http://deb.debian.org/debian %s main\n", suite)
	if suite != "sid" && suite != "unstable" {
		sources += fmt.Sprintf("deb http://deb.debian.org/debian %s-updates main\ndeb http://deb.debian.org/debian-security %s-security main\n", suite, suite)
	}
	return recipe{
		Suite:    suite,
		Packages: []string{"systemd", "systemd-sysv", "dbus", "openssh-server", "ca-certificates"},
		Sources:  sources,
		Removed:  []string{"etc/resolv.conf", "etc/ssh/ssh_host_*", "var/cache/apt/archives/*.deb", "var/cache/apt/*.bin", "var/lib/apt/lists/*debian*", "var/log/bootstrap.log"},
	}
}

func (r recipe) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", r))
	return fmt.Sprintf("%x", sum[:6])
}

func (r recipe) make(ctx context.Context, dir string, lock *os.File) error {
	path, err := exec.LookPath("debootstrap")
	if err != nil {
		path = "/usr/sbin/debootstrap" // which is not in everybody's PATH
	}
	if _, err := os.Stat(path); err != nil {
		return gemba.Fail(gemba.Unavailable, "there is no debootstrap to make a base with", "it is not installed on this machine", "apt-get install debootstrap, or --base with a directory or a tar")
	}
	command := exec.CommandContext(ctx, path, "--variant=minbase", "--include="+strings.Join(r.Packages, ","), r.Suite, dir)
	// Its mounts are its own, so that none is left when it is interrupted; and it shares the lock: where the server is killed, others
	// wait for its end.
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	command.ExtraFiles = []*os.File{lock}
	if out, err := command.CombinedOutput(); err != nil {
		return gemba.Fail(gemba.Unavailable, "debootstrap could not make Debian "+r.Suite, lastLines(out)+": "+err.Error(), "look whether this machine reaches deb.debian.org, or use --base with a directory or a tar")
	}
	return r.adapt(dir)
}

// adapt takes away what is of this machine.
func (r recipe) adapt(dir string) error {
	var errs []error
	for _, pattern := range r.Removed {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		errs = append(errs, err)
		for _, path := range paths {
			errs = append(errs, os.Remove(path))
		}
	}
	errs = append(errs,
		os.WriteFile(filepath.Join(dir, "etc/hostname"), []byte("localhost\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "etc/apt/sources.list"), []byte(r.Sources), 0o644))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("adapting the base: %w", err)
	}
	return nil
}
