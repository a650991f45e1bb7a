package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"gemba"
)

// IdentityVariable names the identity that opens age files: a path, or the
// identity itself. Without it, gemba/age.txt in the user's configuration
// directory is used.
const IdentityVariable = "GEMBA_AGE_IDENTITY"

// readAge decrypts a file, armored or not. It may lie open to all.
func (r *Resolver) readAge(path string) (string, error) {
	encrypted, err := readFile(path, anybody)
	if err != nil {
		return "", err
	}
	from, identities, err := r.identities()
	if err != nil {
		return "", err
	}
	content, err := decrypt(encrypted, identities)
	if err != nil {
		return "", undecryptable(path, from, err)
	}
	return withoutNewline(content), nil
}

func decrypt(encrypted []byte, identities []age.Identity) ([]byte, error) {
	var source io.Reader = bytes.NewReader(encrypted)
	if bytes.HasPrefix(bytes.TrimSpace(encrypted), []byte(armor.Header)) {
		source = armor.NewReader(source)
	}
	plain, err := age.Decrypt(source, identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(plain, sizeLimit))
}

func undecryptable(path, from string, err error) error {
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return gemba.Fail(gemba.Forbidden, "", fmt.Sprintf("the identity in %s does not open %s", from, path),
			"encrypt it for this server too (age -r RECIPIENT), or name another identity in "+IdentityVariable)
	}
	return gemba.Fail(gemba.Invalid, "", fmt.Sprintf("%s is damaged, or not an age file (%v)", path, err), "encrypt it again: age -r RECIPIENT -o "+path)
}

// identities finds what opens age files, and says where it was.
func (r *Resolver) identities() (from string, found []age.Identity, err error) {
	named, set := r.lookup(IdentityVariable)
	if set && strings.HasPrefix(strings.TrimSpace(named), "AGE-SECRET-KEY-") {
		found, err = parseIdentities([]byte(named))
		return IdentityVariable, found, unparsable(IdentityVariable, err)
	}
	path := named
	if path == "" {
		path = r.defaultIdentity()
	}
	content, err := readPrivate(path)
	if gemba.CodeOf(err) == gemba.NotFound {
		return "", nil, gemba.Fail(gemba.NotFound, "", "there is no identity to open it with: "+path+" does not exist",
			"age-keygen -o "+path+", or name one in "+IdentityVariable)
	}
	if err != nil {
		return "", nil, err
	}
	found, err = parseIdentities(content)
	return path, found, unparsable(path, err)
}

func (r *Resolver) defaultIdentity() string {
	config, set := r.lookup("XDG_CONFIG_HOME")
	if !set || config == "" {
		home, _ := r.lookup("HOME")
		config = filepath.Join(home, ".config")
	}
	return filepath.Join(config, "gemba", "age.txt")
}

// parseIdentities reads age's own identities, or an SSH private key without a passphrase.
func parseIdentities(content []byte) ([]age.Identity, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(content), []byte("-----BEGIN")) {
		return age.ParseIdentities(bytes.NewReader(content))
	}
	identity, err := agessh.ParseIdentity(content)
	if err != nil {
		return nil, err
	}
	return []age.Identity{identity}, nil
}

// unparsable does not pass the cause on: it could quote the key.
func unparsable(from string, err error) error {
	if err == nil {
		return nil
	}
	return gemba.Fail(gemba.Invalid, "", "what is in "+from+" is no age identity and no SSH key without a passphrase", "make one: age-keygen")
}
