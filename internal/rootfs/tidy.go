package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// traces are what no two hosts may share, and what only says when, where or in what order an image was made.
func traces() []string {
	return []string{
		"/etc/ssh/ssh_host_*_key", "/etc/ssh/ssh_host_*_key.pub",
		"/etc/.pwd.lock", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-",
		"/var/lib/apt/lists/*", "/var/lib/apt/periodic/*", "/var/cache/apt/*.bin", "/var/cache/apt/archives/*.deb", "/var/cache/apt/archives/lock", "/var/cache/apt/archives/partial/*",
		"/var/lib/dpkg/*-old", "/var/lib/dpkg/lock*", "/var/lib/dpkg/triggers/Lock", "/var/cache/debconf/*-old",
		"/var/cache/ldconfig/aux-cache", "/var/cache/man/*",
		"/var/log/apt/*", "/var/log/dpkg.log*", "/var/log/alternatives.log*", "/var/log/bootstrap.log", "/var/log/fontconfig.log", "/var/log/journal/*",
		"/var/lib/systemd/random-seed", "/var/lib/systemd/credential.secret",
		"/tmp/*", "/tmp/.[!.]*", "/var/tmp/*", "/var/tmp/.[!.]*", "/run/*",
	}
}

// emptied are files that have to be there, with nothing in them.
func emptied() []string {
	return []string{"/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/var/log/faillog"}
}

// tidy takes away what is not of the profile.
func tidy() error {
	for _, pattern := range traces() {
		paths, err := filepath.Glob(pattern)
		for _, path := range paths {
			err = errors.Join(err, os.RemoveAll(path))
		}
		if err != nil {
			return fmt.Errorf("tidying: %w", err)
		}
	}
	for _, path := range emptied() {
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			if err := os.Truncate(path, 0); err != nil {
				return fmt.Errorf("tidying: %w", err)
			}
		}
	}
	return forgetMachine()
}

// forgetMachine empties the identity of the machine. An empty file is filled at the first start; a missing one would also have
// systemd enable every unit anew (machine-id(5), "first boot semantics"), against what is declared.
func forgetMachine() error {
	if info, err := os.Lstat("/var/lib/dbus/machine-id"); err == nil && info.Mode().IsRegular() {
		if err := os.Remove("/var/lib/dbus/machine-id"); err != nil {
			return fmt.Errorf("forgetting the identity of the machine: %w", err)
		}
	}
	if err := errors.Join(os.RemoveAll("/etc/machine-id"), os.WriteFile("/etc/machine-id", nil, 0o444)); err != nil {
		return fmt.Errorf("forgetting the identity of the machine: %w", err)
	}
	return os.Chmod("/etc/machine-id", 0o444)
}
