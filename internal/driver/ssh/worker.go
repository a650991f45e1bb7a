package ssh

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"gemba"
)

// worker runs the worker. In the good case that is one request and one answer; where the worker is missing it is pushed first.
func (l *Link) worker(ctx context.Context, args []string) (*Session, error) {
	versions, err := l.dialer.workers.versions()
	if err != nil {
		return nil, err
	}
	script, err := runScript(l.dialer.options.Prefix, versions, args)
	if err != nil {
		return nil, err
	}
	session, machine, err := l.run(ctx, script)
	if err != nil || session != nil {
		return session, err
	}
	if err := l.pushing.take(ctx); err != nil {
		return nil, err
	}
	defer l.pushing.give()
	if session, _, err = l.run(ctx, script); err != nil || session != nil { // another may have pushed it meanwhile
		return session, err
	}
	if err := l.push(ctx, machine); err != nil {
		return nil, err
	}
	session, _, err = l.run(ctx, script)
	if err == nil && session == nil {
		return nil, gemba.Fail(gemba.Unavailable, "the worker does not stay on "+l.host.String(), "it was put into "+l.dialer.options.Prefix+" and is not there now", "look who removes files there")
	}
	return session, err
}

// run starts the script; without a session the worker is missing on a machine of that name.
func (l *Link) run(ctx context.Context, script string) (*Session, string, error) {
	session, head, err := l.start(ctx, script)
	if err != nil {
		return nil, "", err
	}
	if head == headReady {
		return session, "", nil
	}
	_ = session.Close() // it has said what it had to say
	return nil, strings.TrimPrefix(head, headMissing), nil
}

// push puts the worker on the host.
func (l *Link) push(ctx context.Context, machine string) error {
	arch, ok := machines()[machine]
	if !ok {
		return gemba.Fail(gemba.Invalid, fmt.Sprintf("%s has a processor that no worker is made for", l.host), fmt.Sprintf("it is %q; there are workers for x86_64 and aarch64", machine), "use another host")
	}
	executable, err := l.dialer.workers.find(arch)
	if err != nil {
		return &gemba.Error{Code: gemba.Invalid, What: fmt.Sprintf("there is no worker for %s, which is %s", l.host, machine), Why: err.Error(), Try: "install Gemba with the worker for " + arch, Err: err}
	}
	began := l.dialer.options.Now()
	session, _, err := l.start(ctx, pushScript(l.dialer.options.Prefix, executable))
	if err != nil {
		return l.notPushed(err)
	}
	defer session.Close()
	_, copyErr := io.Copy(session, bytes.NewReader(executable.compressed))
	_ = session.CloseWrite() // what is wrong with the session, its end says
	if err := session.Wait(); err != nil {
		return l.notPushed(err)
	}
	if copyErr != nil {
		return l.notPushed(copyErr)
	}
	l.dialer.options.Log.Debug("pushed the worker", "host", l.host.String(), "bytes", len(executable.compressed), "took", l.dialer.options.Now().Sub(began))
	return nil
}
