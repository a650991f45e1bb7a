package ssh

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/crypto/ssh"
)

// identity is a key file. Its public half is known without its passphrase.
type identity struct {
	path    string
	public  ssh.PublicKey
	private []byte // nil: only the public half is there
	locked  bool   // it needs a passphrase
	signer  ssh.Signer
}

// readIdentity reads a private key, or a public one. A file that does not exist is nil: the usual names are tried.
func readIdentity(path string) (*identity, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if public, publicErr := readPublic(path + ".pub"); publicErr == nil {
			return &identity{path: path, public: public}, nil
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("key %s cannot be read: %w", path, err)
	}
	signer, err := ssh.ParsePrivateKey(content)
	if err == nil {
		return &identity{path: path, public: signer.PublicKey(), private: content, signer: signer}, nil
	}
	var missing *ssh.PassphraseMissingError
	if errors.As(err, &missing) {
		public := missing.PublicKey
		if public == nil {
			if public, err = readPublic(path + ".pub"); err != nil {
				return nil, fmt.Errorf("key %s is of an old format that does not show its public half, and %s.pub is not there", path, path)
			}
		}
		return &identity{path: path, public: public, private: content, locked: true}, nil
	}
	if public, _, _, _, publicErr := ssh.ParseAuthorizedKey(content); publicErr == nil {
		return &identity{path: path, public: public}, nil
	}
	// A key that lives in a device has only its public half here; an agent can sign with it.
	if public, publicErr := readPublic(path + ".pub"); publicErr == nil {
		return &identity{path: path, public: public}, nil
	}
	return nil, fmt.Errorf("key %s cannot be read: %w", path, err)
}

func readPublic(path string) (ssh.PublicKey, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(content)
	return public, err
}

// readCertificates returns the certificates in these files that are there.
func readCertificates(paths []string) []*ssh.Certificate {
	var certificates []*ssh.Certificate
	for _, path := range paths {
		if public, err := readPublic(path); err == nil {
			if certificate, ok := public.(*ssh.Certificate); ok {
				certificates = append(certificates, certificate)
			}
		}
	}
	return certificates
}

func same(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
