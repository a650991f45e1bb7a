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
	"time"

	"gemba"
)

// recipe is all that decides what a base of Debian contains: its digest names the base.
type recipe struct {
	Suite    string
	Packages []string
	Sources  string // of packages, for the base and for what is baked from it
	Script   string
	Removed  []string // what debootstrap takes over from this machine, and leaves of its work
}

// script makes the base and brings it up to date with what debootstrap does not know: updates, above all those of security.
const script = `set -e
dir=$1 suite=$2 include=$3 sources=$4
debootstrap --variant=minbase --include="$include" "$suite" "$dir"
printf %s "$sources" >"$dir/etc/apt/sources.list"
printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
chmod 755 "$dir/usr/sbin/policy-rc.d"
mount -t proc proc "$dir/proc"
chroot "$dir" apt-get -q update
chroot "$dir" apt-get -y -q -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0 --with-new-pkgs upgrade
umount "$dir/proc"
rm "$dir/usr/sbin/policy-rc.d"
`

func debian(suite string) recipe {
	sources := fmt.Sprintf("deb http://deb.debian.org/debian %s main\n", suite)
	if suite != "sid" && suite != "unstable" {
		sources += fmt.Sprintf("deb http://deb.debian.org/debian %s-updates main\ndeb http://deb.debian.org/debian-security %s-security main\n", suite, suite)
	}
	return recipe{
		Suite:    suite,
		Packages: []string{"systemd", "systemd-sysv", "dbus", "openssh-server", "ca-certificates"},
		Sources:  sources,
		Script:   script,
		Removed:  []string{"etc/resolv.conf", "etc/hostname", "etc/ssh/ssh_host_*", "var/cache/apt/archives/*.deb", "var/cache/apt/*.bin", "var/lib/apt/lists/*debian*", "var/log/bootstrap.log"},
	}
}

func (r recipe) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", r))
	return fmt.Sprintf("%x", sum[:6])
}

// sayEvery is the pause between two signs of life of what takes long.
const sayEvery = 10 * time.Second

// make runs the script. Its mounts are its own, so that none is left when it is interrupted; and it shares the lock: where the
// server is killed, others wait for its end.
func (r recipe) make(ctx context.Context, dir string, lock *os.File, says func(string)) error {
	path := "PATH=" + os.Getenv("PATH") + ":/usr/sbin:/sbin" // where debootstrap is, and not everybody looks
	if !isThere("debootstrap", path) {
		return gemba.Fail(gemba.Unavailable, "there is no debootstrap to make a base with", "it is not installed on this machine", "apt-get install debootstrap, or --base with a directory or a tar")
	}
	command := exec.CommandContext(ctx, "/bin/sh", "-c", r.Script, "sh", dir, r.Suite, strings.Join(r.Packages, ","), r.Sources)
	command.Env = append(os.Environ(), path, "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.ExtraFiles = []*os.File{lock}
	out := &told{}
	command.Stdout, command.Stderr = out, out
	began, done := time.Now(), make(chan struct{})
	go func() {
		for tick := time.NewTicker(sayEvery); ; {
			select {
			case <-tick.C:
				says(fmt.Sprintf("still making the base, %.0f s: %s", time.Since(began).Seconds(), out.last()))
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	err := command.Run()
	close(done)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return gemba.Fail(gemba.Unavailable, "a base of Debian "+r.Suite+" could not be made", lastWords(out.all())+": "+err.Error(), "look whether this machine reaches deb.debian.org, or use --base with a directory or a tar")
	}
	return r.adapt(dir)
}

func isThere(name, path string) bool {
	for _, dir := range filepath.SplitList(strings.TrimPrefix(path, "PATH=")) {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err == nil && dir != "" {
			return true
		}
	}
	return false
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
	errs = append(errs, os.WriteFile(filepath.Join(dir, "etc/hostname"), []byte("localhost\n"), 0o644))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("adapting the base: %w", err)
	}
	return nil
}
