package packages

import (
	"time"

	"gemba/internal/resource"
)

// quiet is the environment in which nothing asks a question, and services that use what was replaced are restarted.
func quiet() []string {
	return []string{"DEBIAN_FRONTEND=noninteractive", "APT_LISTCHANGES_FRONTEND=none", "NEEDRESTART_MODE=a", "UCF_FORCE_CONFFOLD=1"}
}

// transaction is the command that makes one transaction, or with simulate says what it would do. A word is a package, NAME=VERSION,
// a path, or NAME- for one to remove.
func transaction(simulate, recommends, downgrades bool, words []string) resource.Command {
	argv := []string{"apt-get", "-y", "-q"}
	if simulate {
		argv = []string{"apt-get", "-s", "-q"}
	}
	argv = append(argv,
		"-o", "Dpkg::Options::=--force-confold", // what somebody has changed is kept
		"-o", "Dpkg::Lock::Timeout=120",
		"-o", "Dpkg::Use-Pty=0",
		"-o", "APT::Cmd::Pattern-Only=true") // a name with a '.' is no regular expression
	if recommends {
		argv = append(argv, "--install-recommends")
	} else {
		argv = append(argv, "--no-install-recommends")
	}
	if downgrades {
		argv = append(argv, "--allow-downgrades")
	}
	argv = append(append(argv, "install", "--"), words...)
	return resource.Command{Argv: argv, Env: quiet(), Timeout: time.Hour}
}

func update() resource.Command {
	return resource.Command{Argv: []string{"apt-get", "-q", "-o", "Dpkg::Lock::Timeout=120", "update"}, Env: quiet(), Timeout: 10 * time.Minute}
}

// configure completes what a dpkg that was cut short has left.
func configure() resource.Command {
	return resource.Command{Argv: []string{"dpkg", "--force-confold", "--configure", "-a"}, Env: quiet(), Timeout: 30 * time.Minute}
}

func purge(names []string) resource.Command {
	return resource.Command{Argv: append([]string{"dpkg", "--purge", "--"}, names...), Env: quiet(), Timeout: 30 * time.Minute}
}

// mark holds packages, or lets them go: act is "hold" or "unhold".
func mark(act string, names []string) resource.Command {
	return resource.Command{Argv: append([]string{"apt-mark", "-q", act, "--"}, names...), Env: quiet(), Timeout: time.Minute}
}

// word is what a transaction is told of a package.
func word(d declared) string {
	switch {
	case d.Absent:
		return d.Name + "-"
	case d.Source != "":
		return d.Source
	case d.Version != "" && d.Version != latest:
		return d.Name + "=" + d.Version
	}
	return d.Name
}
