package resource

import (
	"context"
	"io"
	"time"

	"gemba"
)

// System is what kinds see of a host and act through: the same kind works on a running host, in a
// root filesystem that is being baked, and in memory in a test. Its methods may be called at the same time.
//
// A kind that needs more declares a narrow port of its own and asserts that the System has it.
type System interface {
	Files
	// Run runs a command to its end. An exit code other than 0 is an *ExitError, and what it printed is returned with it; a program that
	// is not there is fs.ErrNotExist.
	Run(ctx context.Context, c Command) (Output, error)
	// Accounts reads the users and groups, as they are now.
	Accounts() (Accounts, error)
	// Body opens a body that the declaration names by its digest.
	Body(ctx context.Context, digest gemba.Digest) (io.ReadCloser, error)
	// Cache remembers what was looked at; it is cleared after every change.
	Cache() *Cache
	// Live reports whether this is a running host, not a root filesystem that is being baked.
	Live() bool
}

// Files are the files of a host. Paths are absolute and clean. What is not there is fs.ErrNotExist.
type Files interface {
	// Lstat describes what a path names, a link itself where it is one.
	Lstat(path string) (Info, error)
	// Stat describes what a path leads to.
	Stat(path string) (Info, error)
	// ReadFile returns the whole content of a regular file.
	ReadFile(path string) ([]byte, error)
	// Open opens a regular file for reading.
	Open(path string) (io.ReadCloser, error)
	// ReadDir returns the names in a directory, sorted.
	ReadDir(path string) ([]string, error)
	// Write puts a regular file in the place of whatever file is there, at once and durably: nobody sees half of it. Extended
	// attributes and ACLs of a file that it replaces are kept.
	Write(path string, body io.Reader, meta Meta) error
	// Mkdir makes one directory.
	Mkdir(path string, meta Meta) error
	// Symlink makes a symbolic link, in the place of whatever file or link is there.
	Symlink(target, path string) error
	// Link makes a hard link, in the place of whatever file or link is there.
	Link(target, path string) error
	// Chmod and Chown change what a path names and never follow a link; -1 leaves an owner as it is.
	Chmod(path string, mode uint32) error
	Chown(path string, uid, gid int) error
	// Remove removes a file, a link or an empty directory; RemoveAll removes a tree and follows no link. What is not there is no error.
	Remove(path string) error
	RemoveAll(path string) error
}

// Info describes a file.
type Info struct {
	Type     FileType  `json:"type"`
	Mode     uint32    `json:"mode"` // permission bits with setuid (04000), setgid (02000) and sticky (01000)
	UID      int       `json:"uid"`
	GID      int       `json:"gid"`
	Size     int64     `json:"size,omitempty"`
	Target   string    `json:"target,omitempty"` // of a symbolic link
	Inode    uint64    `json:"-"`
	Device   uint64    `json:"-"`
	Modified time.Time `json:"-"`
}

// UnknownSize is the size of a file whose content is not known before it is written.
const UnknownSize = -1

// FileType is what a path names.
type FileType string

// The types of files.
const (
	Absent    FileType = "" // nothing
	Regular   FileType = "file"
	Directory FileType = "directory"
	Symlink   FileType = "link"
	Other     FileType = "other" // a device, a pipe, a socket
)

// Meta is what a new file is given.
type Meta struct {
	Mode uint32 // as Info.Mode
	UID  int
	GID  int
}

// Command is one command to run. No shell sees it.
type Command struct {
	Argv    []string
	Dir     string
	Env     []string // beside PATH, LANG=C.UTF-8 and HOME
	Stdin   []byte   // the way for secrets
	User    string   // whom it runs as; "" for root
	Timeout time.Duration
}

// Output is what a command printed, each up to 1 MiB.
type Output struct{ Stdout, Stderr []byte }

// ExitError is a command that ended with another code than 0.
type ExitError struct {
	Argv   []string
	Code   int
	Stderr []byte // the last of it
}

// Accounts are the users and groups of a host.
type Accounts struct {
	Users  []Account
	Groups []AccountGroup
}

// Account is one user: a line of passwd(5) and of shadow(5).
type Account struct {
	Name, Comment, Home, Shell string
	UID, GID                   int
	Password                   string // the hash, "!" or "*" in front of it when locked; "" when the shadow file cannot be read
	Expires                    int    // days since 1970; -1 for never
}

// AccountGroup is one group.
type AccountGroup struct {
	Name    string
	GID     int
	Members []string
}
