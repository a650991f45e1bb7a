package fleettest

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
)

// recipe is all that decides what a base contains: its digest names the base.
type recipe struct {
	Suite    string
	Packages []string
	Masked   []string          // units that would disturb a test or only cost time
	Enabled  []string          // units of multi-user.target
	Files    map[string]string // path → content
	Removed  []string          // patterns of what no two hosts may share, or nobody needs
}

func debian() recipe {
	return recipe{
		Suite:    "bookworm",
		Packages: []string{"systemd", "systemd-sysv", "dbus", "openssh-server", "iproute2", "ca-certificates", "procps", "nftables", "cron", "sudo"},
		// The timers of apt would hold its lock while a test installs something.
		Masked:  []string{"apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "console-getty.service"},
		Enabled: []string{"systemd-networkd.service"},
		Files: map[string]string{
			// Tests open many connections at once.
			"etc/ssh/sshd_config.d/10-fleet.conf": "HostKey /etc/ssh/ssh_host_ed25519_key\nMaxStartups 100:30:200\nMaxSessions 100\nUseDNS no\nPermitRootLogin prohibit-password\n",
		},
		Removed: []string{"etc/ssh/ssh_host_*", "etc/machine-id", "var/lib/dbus/machine-id", "var/cache/apt/archives/*.deb", "var/cache/apt/*.bin"},
	}
}

func (r recipe) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", r)) // maps print sorted
	return fmt.Sprintf("%x", sum[:6])
}

// base returns the directory of the base that all hosts share, and makes it
// where it does not exist. Others that want it wait meanwhile.
func base(ctx context.Context, log func(string, ...any)) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	recipe := debian()
	dir := filepath.Join(cache, "gemba-fleet", "base-"+recipe.digest())
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	lock, err := lockFile(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer lock.release()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	log("making the base of all hosts with debootstrap, once: about 90 s")
	begin := time.Now()
	if err := recipe.make(ctx, dir+".part", lock); err != nil {
		return "", err
	}
	if err := os.Rename(dir+".part", dir); err != nil {
		return "", err
	}
	log("made %s in %.0f s", dir, time.Since(begin).Seconds())
	return dir, nil
}

func (r recipe) make(ctx context.Context, dir string, lock *lock) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove what was begun: %w", err)
	}
	command := exec.CommandContext(ctx, "debootstrap", "--variant=minbase", "--include="+strings.Join(r.Packages, ","), r.Suite, dir)
	// Its mounts are its own, so that none is left when it is interrupted.
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	// It shares the lock: where this process is killed, others wait for its end.
	command.ExtraFiles = []*os.File{lock.file}
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("debootstrap: %w: %s", err, tail(string(out)))
	}
	return r.adapt(dir)
}

// adapt makes a plain Debian into the base.
func (r recipe) adapt(dir string) error {
	var errs []error
	for _, unit := range r.Masked {
		errs = append(errs, replaceLink("/dev/null", filepath.Join(dir, "etc/systemd/system", unit)))
	}
	for _, unit := range r.Enabled {
		errs = append(errs, replaceLink("/lib/systemd/system/"+unit, filepath.Join(dir, "etc/systemd/system/multi-user.target.wants", unit)))
	}
	for path, content := range r.Files {
		errs = append(errs, write(filepath.Join(dir, path), content, 0o644))
	}
	for _, pattern := range r.Removed {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		errs = append(errs, err)
		for _, path := range paths {
			errs = append(errs, os.Remove(path))
		}
	}
	return errors.Join(errs...)
}
