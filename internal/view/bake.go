package view

import (
	"fmt"
	"io"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Bake narrates the baking of an image as it happens.
type Bake struct {
	w     io.Writer
	t     Terminal
	hosts *HostWork
}

// NewBake narrates to w.
func NewBake(w io.Writer, t Terminal) *Bake { return &Bake{w: w, t: t, hosts: NewHostWork(w, t)} }

// Frame says what a frame tells.
func (v *Bake) Frame(f gemba.BakeFrame) error {
	var p page
	switch {
	case f.Says != "":
		p.lines(wrap(v.t.text(f.Says), v.t.width(), "  "))
	case f.Work != nil:
		return v.hosts.Frame(*f.Work)
	}
	return p.to(v.w)
}

// Image says what was baked. A pipe gets one line: the digest of the tar, its size in bytes, the file, the name and digest in the
// artifact store.
func Image(w io.Writer, t Terminal, i gemba.Image, took time.Duration) error {
	var p page
	if !t.TTY {
		p.line(fmt.Sprintf("%s\t%d\t%s\t%s\t%s", i.Digest, i.Size, i.File, i.Name, i.Artifact))
		return p.to(w)
	}
	p.lines(wrap(fmt.Sprintf("%s %s  %s, %s, in %s", t.good(), t.paint(bold, t.text(i.Profile)), human.Bytes(i.Size),
		human.Plural(int64(len(i.Packages)), "package", "packages"), human.Duration(took)), t.width(), "  "))
	p.lines(wrap("  digest  "+string(i.Digest), t.width(), "  "))
	if i.File != "" {
		p.lines(wrap("  file    "+t.text(i.File), t.width(), "          "))
	}
	if i.Name != "" {
		p.lines(wrap("  image   "+t.text(i.Name)+"  "+string(i.Artifact), t.width(), "  "))
	}
	if len(i.Residue) > 0 {
		p.line("  left to the start of a host:")
	}
	for _, r := range i.Residue {
		p.lines(wrap("    "+t.text(r.Resource)+"  "+t.paint(dim, t.text(r.What)), t.width(), "      "))
	}
	return p.to(w)
}
