package ssh

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gemba"
)

// answer gives sudo the password. That it asks again says that the password was wrong.
func (l *Link) answer(ctx context.Context, s *Session, given bool) error {
	if given {
		l.forget()
		return gemba.Fail(gemba.Forbidden, "the password of "+l.host.user+" for sudo on "+l.host.String()+" is wrong", "sudo does not take it", "try again")
	}
	password, err := l.sudoPassword(ctx)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(s.stdin, password.Reveal()+"\n"); err != nil {
		return s.reason(err)
	}
	return nil
}

// sudoPassword asks once in the life of the link.
func (l *Link) sudoPassword(ctx context.Context) (gemba.Secret, error) {
	if err := l.asking.take(ctx); err != nil {
		return gemba.Secret{}, err
	}
	defer l.asking.give()
	l.mu.Lock()
	known := l.password
	l.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	if l.dialer.keys.ask == nil {
		return gemba.Secret{}, gemba.Fail(gemba.Forbidden, "sudo on "+l.host.String()+" asks for the password of "+l.host.user, "there is nobody here to ask for it",
			"allow it without: echo '"+l.host.user+" ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/gemba, or sign in as root")
	}
	password, err := l.dialer.keys.question(ctx, Prompt{Kind: SudoPassword, Host: l.host.String(), User: l.host.user})
	if err != nil {
		return gemba.Secret{}, fmt.Errorf("password of %s for sudo on %s: %w", l.host.user, l.host, err)
	}
	if strings.ContainsAny(password.Reveal(), "\n\x00") {
		return gemba.Secret{}, gemba.Fail(gemba.Invalid, "the password of "+l.host.user+" for sudo cannot be used", "it has more than one line", "try again")
	}
	l.mu.Lock()
	l.password = &password
	l.mu.Unlock()
	return password, nil
}

func (l *Link) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.password = nil
}

// sudoRefuses says why sudo ran nothing, or is nil when it was not sudo.
func (s *Session) sudoRefuses(given bool) error {
	user, host := s.link.host.user, s.link.host.String()
	if user == "root" {
		return nil
	}
	said := s.stderr.String()
	refused := func(why, try string) error {
		return gemba.Fail(gemba.Forbidden, user+" may not become root on "+host, why, try)
	}
	switch {
	case strings.Contains(said, "not found"):
		return refused("there is no sudo there: "+lastLine(said), "install sudo, or sign in as root")
	case strings.Contains(said, "not in the sudoers"), strings.Contains(said, "may not run sudo"), strings.Contains(said, "not allowed to"):
		return refused(lastLine(said), "as root: adduser "+user+" sudo")
	case strings.Contains(said, "must have a tty"):
		return refused("sudo wants a terminal there", "as root: echo 'Defaults:"+user+" !requiretty' > /etc/sudoers.d/gemba")
	case strings.Contains(said, "incorrect password"), given && strings.Contains(said, "password"):
		s.link.forget()
		return refused("sudo does not take the password", "try again")
	case strings.Contains(said, "sudo:"):
		return refused(lastLine(said), s.link.host.ssh("-t")+" sudo -v")
	}
	return nil
}
