package ssh

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// OwnKey returns the public half, as authorized_keys takes it, of the private key in a file; it makes an ed25519 key there, mode
// 0600, where there is none. comment says whose it is.
func OwnKey(path, comment string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		content, err = makeKey(path, comment)
	}
	if err != nil {
		return "", fmt.Errorf("the server's own key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(content)
	if err != nil {
		return "", fmt.Errorf("the server's own key in %s cannot be read: %w", path, err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))) + " " + comment, nil
}

func makeKey(path, comment string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, comment)
	if err != nil {
		return nil, err
	}
	content := pem.EncodeToMemory(block)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(content)
	return content, errors.Join(err, file.Sync(), file.Close())
}
