package git

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"gemba"
)

// clean returns a slash-separated path from the root of a commit; "." is the root.
func clean(name string) (string, error) {
	cleaned := path.Clean(strings.TrimPrefix(name, "./"))
	if name == "" {
		cleaned = "."
	}
	if path.IsAbs(cleaned) || cleaned == ".." || strings.HasPrefix(cleaned, "../") || strings.ContainsAny(cleaned, "\n\x00") {
		return "", gemba.Fail(gemba.NotFound, fmt.Sprintf("%q is not a path of a repository", name), "", "name it from the root of the repository")
	}
	return cleaned, nil
}

// List names the entries of a directory of a commit, slash-separated paths
// from the root. Directories have no slash at their end.
func (r *Repository) List(ctx context.Context, commit, dir string) ([]string, error) {
	name, err := clean(dir)
	if err != nil {
		return nil, err
	}
	if err := hash(commit); err != nil {
		return nil, err
	}
	tree := commit + "^{tree}"
	if name != "." {
		tree = commit + ":" + name
	}
	out, err := r.git(ctx, "", nil, "ls-tree", "-z", "--full-tree", "--name-only", "--end-of-options", tree)
	if f, ok := err.(*failure); ok && f.says("not a valid object name", "not a tree object") {
		return nil, notHere(commit, name)
	}
	if err != nil {
		return nil, r.explain("listing "+name, err)
	}
	var entries []string
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if entry != "" {
			entries = append(entries, path.Join(name, entry))
		}
	}
	return entries, nil
}

// ReadFile returns a file as the commit has it. A symbolic link is followed
// as long as it stays in the commit.
func (r *Repository) ReadFile(ctx context.Context, commit, name string) ([]byte, error) {
	var text bytes.Buffer
	if err := r.CopyFile(ctx, commit, name, &text); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// CopyFile writes what ReadFile returns. Of a file that is not there nothing is written.
func (r *Repository) CopyFile(ctx context.Context, commit, name string, to io.Writer) error {
	name, err := clean(name)
	if err != nil {
		return err
	}
	if err := hash(commit); err != nil {
		return err
	}
	answer := &blob{to: to}
	arguments := []string{"cat-file", "--batch", "--follow-symlinks"}
	err = pipe(ctx, command{dir: r.root, env: []string{"GIT_DIR=" + r.gitDir}, args: arguments, stdin: commit + ":" + name + "\n"}, answer)
	switch {
	case answer.failed != nil:
		return fmt.Errorf("reading %s: %w", name, answer.failed)
	case err != nil:
		return r.explain("reading "+name, err)
	case !answer.is || answer.left > 0:
		return notHere(commit, name)
	}
	return nil
}

// blob takes one answer of `git cat-file --batch`, "<oid> <type> <size>\n" and the content, and hands on the content.
type blob struct {
	to     io.Writer
	head   []byte // until it is whole
	whole  bool
	is     bool // it is a blob
	left   int  // bytes of it that are still to come
	failed error
}

// Write implements io.Writer.
func (b *blob) Write(p []byte) (int, error) {
	n := len(p)
	if !b.whole {
		line, rest, found := bytes.Cut(p, []byte("\n"))
		b.head = append(b.head, line...)
		if !found {
			return n, nil
		}
		b.whole, p = true, rest
		if fields := strings.Fields(string(b.head)); len(fields) == 3 && fields[1] == "blob" {
			size, err := strconv.Atoi(fields[2])
			b.is, b.left = err == nil && size >= 0, size
		}
	}
	part := p[:min(len(p), max(b.left, 0))]
	if !b.is || len(part) == 0 {
		return n, nil
	}
	b.left -= len(part)
	if _, b.failed = b.to.Write(part); b.failed != nil {
		return 0, b.failed
	}
	return n, nil
}

type header struct {
	kind string
	size int
}

// object reads one answer of `git cat-file --batch`: "<oid> <type> <size>\n" and the content.
func object(out []byte) (header, []byte, error) {
	line, rest, _ := bytes.Cut(out, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) != 3 {
		return header{}, out, fmt.Errorf("git cat-file answered %q", line)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil || size < 0 || size > len(rest) {
		return header{}, out, fmt.Errorf("git cat-file answered %q", line)
	}
	return header{kind: fields[1], size: size}, rest, nil
}

// Tree names the exact content of a path of the commit, submodules included
// (git names them by their commit, and LFS files by their digest). The
// .gitattributes above the path belong to it, since they change what a checkout writes.
func (r *Repository) Tree(ctx context.Context, commit, name string) (string, error) {
	name, err := clean(name)
	if err != nil {
		return "", err
	}
	if err := hash(commit); err != nil {
		return "", err
	}
	if name == "." {
		out, err := r.git(ctx, "", nil, "rev-parse", "--verify", "--end-of-options", commit+"^{tree}")
		if err != nil {
			return "", r.explain("naming the content of "+commit, err)
		}
		return strings.TrimSpace(string(out)), nil
	}
	wanted := []string{name}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		wanted = append(wanted, path.Join(dir, ".gitattributes"))
		if dir == "." {
			break
		}
	}
	out, err := r.git(ctx, "", nil, append([]string{"ls-tree", "-z", "--full-tree", "--end-of-options", commit, "--"}, wanted...)...)
	if err != nil {
		return "", r.explain("naming the content of "+name, err)
	}
	found := map[string]string{} // path to "mode type oid"
	for entry := range strings.SplitSeq(string(out), "\x00") {
		if what, at, ok := strings.Cut(entry, "\t"); ok {
			found[at] = what
		}
	}
	if found[name] == "" {
		return "", notHere(commit, name)
	}
	if len(found) == 1 {
		return strings.ReplaceAll(found[name], " ", "-"), nil
	}
	sum := sha256.New()
	for _, at := range wanted {
		fmt.Fprintf(sum, "%s\n", found[at])
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
