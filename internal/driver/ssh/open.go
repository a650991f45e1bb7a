package ssh

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/ssh"

	"gemba"
)

// open starts a command in a session. Whoever comes when all places are taken waits.
func (l *Link) open(ctx context.Context, command string) (*Session, error) {
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.gone:
		return nil, l.ended()
	}
	s, err := l.beginUnless(ctx, command)
	if err != nil {
		if ended := l.ended(); ended != nil {
			return nil, ended
		}
		return nil, err
	}
	s.stop = context.AfterFunc(ctx, func() { s.giveUp(ctx.Err()) })
	go func() {
		s.finish(s.channel.Wait())
		<-l.places
	}()
	return s, nil
}

// beginUnless begins, and returns when ctx ends, also on a network that has gone silent. The session's place is given back when nothing
// comes of it.
func (l *Link) beginUnless(ctx context.Context, command string) (*Session, error) {
	type begun struct {
		session *Session
		err     error
	}
	begins := make(chan begun, 1)
	go func() {
		s, err := l.begin(ctx, command)
		begins <- begun{s, err}
	}()
	select {
	case b := <-begins:
		if b.err != nil {
			<-l.places
		}
		return b.session, b.err
	case <-ctx.Done():
		go func() {
			if b := <-begins; b.err == nil {
				_ = b.session.channel.Close()
				_ = b.session.channel.Wait()
			}
			<-l.places
		}()
		return nil, ctx.Err()
	}
}

func (l *Link) begin(ctx context.Context, command string) (*Session, error) {
	channel, err := l.channel(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{link: l, channel: channel, stderr: newTail(stderrKept, sudoPrompt), given: make(chan struct{}), done: make(chan struct{})}
	s.read, s.printed = io.Pipe()
	channel.Stderr = s.stderr
	stdin, errIn := channel.StdinPipe()
	stdout, errOut := channel.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		channel.Close()
		return nil, fmt.Errorf("start a session on %s: %w", l.host, err)
	}
	s.stdin, s.stdout = stdin, bufio.NewReader(stdout)
	if err := channel.Start(command); err != nil {
		channel.Close()
		return nil, &gemba.Error{Code: gemba.Forbidden, What: l.host.String() + " starts no program", Why: err.Error(), Try: "allow " + l.host.user + " to run commands there (ForceCommand, the login shell)", Err: err}
	}
	return s, nil
}

// channel opens a channel. A host that allows fewer sessions than usual refuses some; those are tried until others have ended.
func (l *Link) channel(ctx context.Context) (*ssh.Session, error) {
	for {
		channel, err := l.way.client().NewSession()
		var refused *ssh.OpenChannelError
		if !errors.As(err, &refused) {
			return channel, err
		}
		if len(l.places) == 1 { // nobody else whose end could be waited for
			return nil, &gemba.Error{Code: gemba.Forbidden, What: l.host.String() + " opens no session", Why: refused.Message, Try: "set MaxSessions to 10 in sshd_config there", Err: err}
		}
		select {
		case <-time.After(settling):
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.gone:
			return nil, l.ended()
		}
	}
}
