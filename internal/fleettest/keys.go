package fleettest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"

	"golang.org/x/crypto/ssh"
)

// makeKey makes a key, ed25519. The private one is as OpenSSH writes it.
func makeKey() (private []byte, public ssh.PublicKey, err error) {
	of, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return nil, nil, err
	}
	public, err = ssh.NewPublicKey(of)
	return pem.EncodeToMemory(block), public, err
}
