// Package secret finds the values of declared secrets, in files, in the
// environment and in age-encrypted files, and keeps them out of what is printed.
package secret

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"gemba"
)

// Resolver finds values. It holds none of them.
type Resolver struct {
	key    []byte
	lookup func(string) (string, bool)
}

// Resolved is a secret with the version that its value gives it.
type Resolved struct {
	Value   gemba.Secret `json:"value"`
	Version string       `json:"version"`
}

// keySize is the least number of bytes of a key: with fewer, versions could be
// made for guessed values.
const keySize = 16

// New returns a resolver whose versions are made with key, which belongs to
// one server and is kept as secret as the values. lookup finds variables of
// the server's environment, as os.LookupEnv does.
func New(key []byte, lookup func(string) (string, bool)) (*Resolver, error) {
	if len(key) < keySize {
		return nil, fmt.Errorf("the key for versions of secrets has %d bytes; it needs at least %d", len(key), keySize)
	}
	return &Resolver{key: key, lookup: lookup}, nil
}

// Resolve finds the value of a secret, whose path, if it has one, is absolute. What goes
// wrong is a gemba.Error that names the secret, its source and what to try,
// and never the value.
func (r *Resolver) Resolve(ctx context.Context, source gemba.SecretSource) (Resolved, error) {
	if err := ctx.Err(); err != nil {
		return Resolved{}, err
	}
	value, err := r.read(source)
	if err != nil {
		return Resolved{}, about(source, err)
	}
	if err := usable(value); err != nil {
		return Resolved{}, about(source, err)
	}
	return Resolved{Value: gemba.NewSecret(value), Version: r.Version(gemba.NewSecret(value))}, nil
}

// Version tells values apart without telling them: the first 16 hexadecimal
// digits of the value's HMAC-SHA256.
func (r *Resolver) Version(secret gemba.Secret) string {
	mac := hmac.New(sha256.New, r.key)
	_, _ = io.WriteString(mac, secret.Reveal()) // a hash takes everything
	return hex.EncodeToString(mac.Sum(nil))[:16]
}

// Format keeps the key out of what is printed.
func (r Resolver) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "a resolver of secrets") }

// read returns the value from the one source that is set.
func (r *Resolver) read(source gemba.SecretSource) (string, error) {
	switch {
	case source.File != "":
		return readPlain(source.File)
	case source.Env != "":
		return r.readVariable(source.Env)
	case source.Age != "":
		return r.readAge(source.Age)
	}
	return "", gemba.Fail(gemba.Invalid, "", "it is declared without a source", "declare it with file, env or age")
}

func (r *Resolver) readVariable(name string) (string, error) {
	value, set := r.lookup(name)
	if !set {
		return "", gemba.Fail(gemba.NotFound, "", "the variable "+name+" is not set where the server was started", "set "+name+" and start the server again from there")
	}
	return value, nil
}

// usable refuses what no process could be given, and what is hardly meant.
func usable(value string) error {
	if value == "" {
		return gemba.Fail(gemba.Invalid, "", "it is empty", "put the value there")
	}
	if strings.ContainsRune(value, 0) {
		return gemba.Fail(gemba.Invalid, "", "it contains a zero byte, which no environment variable can hold", "encode the value, as base64 for example")
	}
	return nil
}

// about names the secret and its source in an error.
func about(source gemba.SecretSource, err error) error {
	named := &gemba.Error{Code: gemba.CodeOf(err), What: fmt.Sprintf("secret %q (%s)", source.Name, describe(source)), Err: err}
	var cause *gemba.Error
	if errors.As(err, &cause) {
		named.Why, named.Try = cause.Why, cause.Try
	}
	return named
}

func describe(source gemba.SecretSource) string {
	switch {
	case source.File != "":
		return "from file " + source.File
	case source.Env != "":
		return "from environment variable " + source.Env
	case source.Age != "":
		return "from age file " + source.Age
	}
	return "from nowhere"
}
