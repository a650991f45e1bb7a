package packages

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"gemba/internal/resource"
)

// failure is a command that did not succeed, with the last lines of what it printed.
type failure struct {
	says string
	err  error
	log  []string
}

func (f *failure) Error() string { return f.says }
func (f *failure) Unwrap() error { return f.err }

// Log is the last of what it printed.
func (f *failure) Log() []string { return f.log }

var lockHeld = regexp.MustCompile(`Could not get lock (\S+?)\. It is held by process (\d+) \(([^)]*)\)`)

// explain says in a line why apt or dpkg has failed.
func explain(out resource.Output, err error) error {
	var exit *resource.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	stderr := string(exit.Stderr)
	f := &failure{err: err, log: lastLines(string(out.Stdout)+stderr, 20)}
	switch held := lockHeld.FindStringSubmatch(stderr); {
	case held != nil:
		f.says = fmt.Sprintf("%s, process %s, has the packages of this host in hand and did not finish within two minutes; wait for it and apply again", held[3], held[2])
	case strings.Contains(stderr, "Held packages were changed"):
		f.says = "it would change a package that is held; declare `hold` of it, or let it go with apt-mark unhold"
	default:
		f.says = exit.Argv[0] + ": " + complaint(stderr)
	}
	return f
}

// refused reports whether apt did not even begin: the packages do not go together, or it would have to do what nobody has asked for.
func refused(stderr string) bool {
	for _, reason := range []string{"held broken packages", "pkgProblemResolver", "Unmet dependencies", "Held packages were changed", "ssential", "Packages were downgraded"} {
		if strings.Contains(stderr, reason) {
			return true
		}
	}
	return false
}

// complaint is what apt and dpkg call errors, in one line.
func complaint(stderr string) string {
	var errs []string
	for _, line := range lastLines(stderr, 1000) {
		if text, is := strings.CutPrefix(line, "E: "); is {
			errs = append(errs, text)
		} else if strings.HasPrefix(line, "dpkg: error") {
			errs = append(errs, line)
		}
	}
	if len(errs) == 0 {
		errs = lastLines(stderr, 1)
	}
	return strings.Join(errs, "; ")
}

func lastLines(text string, n int) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[max(0, len(lines)-n):]
}
