package ssh

import (
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"

	"gemba"
)

// notPushed says why the worker could not be put on the host.
func (l *Link) notPushed(err error) error {
	var exit *ssh.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	e := &gemba.Error{Code: gemba.Unavailable, What: "the worker cannot be put on " + l.host.String(), Err: err}
	said := ""
	var told *gemba.Error
	if errors.As(err, &told) {
		said = told.Why
	}
	if e.Why, e.Try = trouble(said, l.dialer.options.Prefix); e.Why != "" && !strings.Contains(said, "Permission denied") {
		return e
	}
	prefix := l.dialer.options.Prefix
	switch exit.ExitStatus() {
	case codeMkdir:
		e.Why, e.Try = "no directory can be made in "+prefix+": "+lastLine(said), "look at "+prefix+" there"
	case codeUnzip, codeSum:
		e.Why, e.Try = "it did not arrive whole: "+lastLine(said), "try again"
	case codeDiffer:
		e.Why, e.Try = "what arrived is not what was sent: its SHA-256 differs", "try again"
	default:
		e.Why, e.Try = said, "look at "+prefix+" there"
	}
	return e
}
