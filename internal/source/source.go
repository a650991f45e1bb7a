// Package source is where changes come from: commits on a trunk.
package source

import (
	"context"
	"io"

	"gemba"
)

// Repository is a repository of commits. Its methods may be called at the
// same time. An unknown revision or path is a gemba.Error with NotFound.
type Repository interface {
	// Root is the path of its work tree, or of the bare repository.
	Root() string
	// Resolve names a commit by branch, tag, HEAD or abbreviated hash.
	Resolve(ctx context.Context, revision string) (gemba.Commit, error)
	// Uncommitted lists the paths that differ from HEAD or are untracked and
	// not ignored, relative to Root, sorted.
	Uncommitted(ctx context.Context) ([]string, error)
	// List names the entries of a directory of a commit, slash-separated paths from the root.
	List(ctx context.Context, commit, dir string) ([]string, error)
	// ReadFile returns a file as the commit has it.
	ReadFile(ctx context.Context, commit, path string) ([]byte, error)
	// CopyFile writes a file as the commit has it. Of one that is not there nothing is written.
	CopyFile(ctx context.Context, commit, path string, to io.Writer) error
	// Tree returns a name for the exact content of a path of the commit, submodules included.
	Tree(ctx context.Context, commit, path string) (string, error)
	// Checkout writes a clean copy of the commit into dir, which exists and is empty:
	// submodules and LFS files whole, no repository data.
	Checkout(ctx context.Context, commit, dir string) error
}
