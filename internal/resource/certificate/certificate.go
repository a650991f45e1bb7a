package certificate

import (
	"errors"
	"fmt"
	"path"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "certificate".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, Bodies: bodies,
	}.Kind()
}

// declared is what is declared of a certificate.
type declared struct {
	Name        string      `json:"name"`
	Certificate *gemba.Body `json:"certificate"`
	Chain       *gemba.Body `json:"chain"`
	ChainPath   string      `json:"chain_path"`
	Key         *gemba.Body `json:"key"`
	KeyPath     string      `json:"key_path"`
	Owner       string      `json:"owner"`
	Group       string      `json:"group"`
	Mode        string      `json:"mode"`
	KeyMode     string      `json:"key_mode"`

	files []file
}

// file is one of the files that a certificate is made of.
type file struct {
	what  string // the attribute
	path  string
	parts []gemba.Body // what is in it, one after the other
	mode  uint32
}

// observed is what was found of each file, in the order of the declaration's.
type observed struct {
	Files []found `json:"files"`
}

type found struct {
	resource.Info
	Same  bool   `json:"same"` // it holds what is declared
	Owner string `json:"owner,omitempty"`
	Group string `json:"group,omitempty"`
}

func check(d *declared) error {
	switch {
	case d.Certificate == nil:
		return errors.New("a certificate needs certificate or certificate_source")
	case (d.Key == nil) != (d.KeyPath == ""):
		return errors.New("a key needs key_path, and key_path a key")
	case d.Chain == nil && d.ChainPath != "":
		return errors.New("chain_path needs a chain")
	}
	for _, at := range []string{d.KeyPath, d.ChainPath} {
		if at != "" && (!path.IsAbs(at) || path.Clean(at) != at) {
			return fmt.Errorf("a path has to be absolute, without . and .., and is %q", at)
		}
		if at == d.Name || at != "" && d.KeyPath == d.ChainPath {
			return errors.New("certificate, chain and key are files of their own; without chain_path the chain follows the certificate")
		}
	}
	mode, err := octal(&d.Mode, "0644")
	if err != nil {
		return fmt.Errorf("mode: %w", err)
	}
	keyMode, err := octal(&d.KeyMode, "0600")
	if err != nil {
		return fmt.Errorf("key_mode: %w", err)
	}
	if keyMode&0o007 != 0 {
		return fmt.Errorf("key_mode %s would let everybody read or change the key", d.KeyMode)
	}
	for _, name := range []*string{&d.Owner, &d.Group} {
		if *name == "" {
			*name = "root"
		}
	}
	if d.Key != nil { // first: a certificate that is new finds its key
		d.files = append(d.files, file{"key", d.KeyPath, []gemba.Body{*d.Key}, keyMode})
	}
	own := file{"certificate", d.Name, []gemba.Body{*d.Certificate}, mode}
	switch {
	case d.Chain != nil && d.ChainPath != "":
		d.files = append(d.files, file{"chain", d.ChainPath, []gemba.Body{*d.Chain}, mode})
	case d.Chain != nil:
		own.parts = append(own.parts, *d.Chain)
	}
	d.files = append(d.files, own)
	return nil
}

// octal reads a mode, or what holds without one.
func octal(text *string, otherwise string) (uint32, error) {
	if *text == "" {
		*text = otherwise
	}
	mode, err := resource.ParseMode(*text)
	if err == nil && mode.Symbolic() {
		err = fmt.Errorf("%q is symbolic; write it octal", *text)
	}
	return mode.Of(0, false), err
}

func needs(d declared) []resource.Token {
	tokens := []resource.Token{resource.User(d.Owner), resource.Group(d.Group)}
	for _, f := range d.files {
		tokens = append(tokens, resource.Parents(f.path)...)
		tokens = append(tokens, resource.Owning(f.path)...)
	}
	return tokens
}

func provides(d declared) []resource.Token {
	var tokens []resource.Token
	for _, f := range d.files {
		tokens = append(tokens, resource.Path(f.path))
	}
	return tokens
}

func bodies(d declared) []gemba.Digest {
	var digests []gemba.Digest
	for _, f := range d.files {
		for _, part := range f.parts {
			digests = append(digests, part.Digest)
		}
	}
	return digests
}
