package converge

import (
	"context"
	"io"
)

// Link is an open way to a host. It is kept for the length of a run and may be used by several at the same time.
type Link interface {
	// Worker starts the worker on the host with these arguments, as root. Where the host does not have this worker yet it is put
	// there first. What went wrong is a gemba.Error that says which host, why, and what to try.
	Worker(ctx context.Context, args ...string) (Session, error)
	// Close ends the connection, and every session over it.
	Close() error
}

// Session is one running of the worker on a host. Reading gives what it prints, writing what it reads.
type Session interface {
	io.Reader
	io.Writer
	// CloseWrite tells the worker that nothing more comes.
	CloseWrite() error
	// Wait returns when the worker has ended and everything that it printed was read. An end that was not good is an
	// error with the last of what it said on its standard error.
	Wait() error
	// Close gives up: the link of a session that is closed is a dead link to the worker, which ends what it has in hand and no more.
	Close() error
}
