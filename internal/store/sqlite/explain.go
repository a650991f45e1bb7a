package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"gemba"
)

// touch makes sure that the database file exists and may be written, readable
// by its owner alone. SQLite gives its other files the same permissions.
func touch(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// explain turns what SQLite and the system say into an error for people.
// Errors that say enough, and those of the program itself, pass.
func explain(path string, err error) error {
	var known *gemba.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	fail := func(code gemba.Code, what, why, try string) error {
		return &gemba.Error{Code: code, What: fmt.Sprintf(what, path), Why: why, Try: try, Err: err}
	}
	switch {
	case is(err, lib.SQLITE_FULL) || errors.Is(err, syscall.ENOSPC):
		return fail(gemba.Unavailable, "the state %s cannot grow", "the disk is full", "make room, then try again; nothing was lost")
	case is(err, lib.SQLITE_NOTADB):
		return fail(gemba.Invalid, "%s is not a database", "another program may have written it", "move it away, or name another state directory")
	case is(err, lib.SQLITE_CORRUPT):
		return fail(gemba.Unavailable, "the state %s is damaged", err.Error(), "restore a backup of it")
	case is(err, lib.SQLITE_BUSY), is(err, lib.SQLITE_LOCKED):
		return fail(gemba.Conflict, "the state %s is in use", "another process has been writing to it for 10 s", "end that process, or try again")
	case errors.Is(err, fs.ErrNotExist):
		return fail(gemba.NotFound, "the state %s cannot be made", "its directory does not exist", "make the directory")
	case errors.Is(err, syscall.EISDIR):
		return fail(gemba.Invalid, "the state %s is a directory", "a file is expected", "move it away, or name another state directory")
	case errors.Is(err, fs.ErrPermission), is(err, lib.SQLITE_CANTOPEN), is(err, lib.SQLITE_READONLY), is(err, lib.SQLITE_PERM):
		return fail(gemba.Forbidden, "the state %s cannot be opened", "no permission to write to it or to its directory", "run as its owner, or mend its permissions")
	}
	return err
}

// is compares a primary result code (sqlite.org/rescode.html): the low byte of an extended one.
func is(err error, code int) bool {
	var from *driver.Error
	return errors.As(err, &from) && from.Code()&0xff == code
}
