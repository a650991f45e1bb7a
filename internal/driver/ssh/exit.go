package ssh

import (
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"

	"gemba"
)

// exit says how a program ended that did not end well.
func (s *Session) exit(exit *ssh.ExitError) error {
	said := s.stderr.String()
	host := s.link.host.String()
	e := &gemba.Error{Code: gemba.Internal, What: "the worker on " + host + " failed", Err: exit}
	switch {
	case exit.Signal() != "":
		e.Why = "it was ended by signal " + exit.Signal()
	default:
		e.Why = fmt.Sprintf("it ended with code %d", exit.ExitStatus())
	}
	if said != "" {
		e.Why += ": " + said
	}
	prefix := s.link.dialer.options.Prefix
	if why, try := trouble(said, prefix); why != "" && exit.ExitStatus() >= 126 {
		e.Code, e.What, e.Why, e.Try = gemba.Unavailable, "the worker cannot be started on "+host, why, try
	}
	return e
}

// trouble puts what a host's programs say of it into words.
func trouble(said, prefix string) (why, try string) {
	has := func(text string) bool { return strings.Contains(said, text) }
	switch {
	case has("No space left on device"), has("Disk quota exceeded"):
		return "there is no space left for " + prefix, "make room there: df -h " + prefix
	case has("Read-only file system"):
		return prefix + " is on a filesystem that is mounted read-only", "mount it for writing"
	case has("Exec format error"):
		return "the processor there does not run this worker", "look at uname -m there"
	case has("Permission denied"):
		return "programs may not be run from " + prefix + ": its filesystem is mounted with noexec, or a security policy forbids it", "mount it with exec; findmnt -T " + prefix
	case has("sha256sum: not found"), has("gzip: not found"), has("sha256sum: command not found"), has("gzip: command not found"):
		return "gzip and sha256sum are needed there: " + lastLine(said), "install gzip and coreutils"
	}
	return "", ""
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
