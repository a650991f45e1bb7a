package table

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/deploy"
)

// checkTarget refuses a target that a route cannot lead to. The zero target
// is good: it leads nowhere.
func checkTarget(t deploy.Target) error {
	if t == (deploy.Target{}) {
		return nil
	}
	switch {
	case t.Release == "":
		return badTarget("it names no release")
	case (t.Upstream == "") == (t.Root == ""):
		return badTarget("it needs either an upstream or a root")
	case t.Root != "" && !filepath.IsAbs(t.Root):
		return badTarget("its root " + t.Root + " is not an absolute path")
	case t.Upstream != "":
		return checkUpstream(t.Upstream)
	}
	return nil
}

func checkUpstream(upstream string) error {
	host, port, err := net.SplitHostPort(upstream)
	if err != nil {
		return badTarget(err.Error())
	}
	// Braces would be read as placeholders.
	if host == "" || strings.ContainsAny(host, "{}/ ") {
		return badTarget("its upstream " + upstream + " names no host")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return badTarget("its upstream " + upstream + " has no port between 1 and 65535")
	}
	return nil
}

func badTarget(why string) error {
	return gemba.Fail(gemba.Invalid, "a route cannot lead there", why, "")
}
