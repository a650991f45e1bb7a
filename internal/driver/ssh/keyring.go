package ssh

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/ssh"

	"gemba"
)

// keyring keeps the keys that were opened with a passphrase, so that a person is asked once for each, also by a fleet.
type keyring struct {
	ask    func(context.Context, Prompt) (gemba.Secret, error)
	asking turn // one question at a time
	mu     sync.Mutex
	opened map[string]ssh.Signer // by public key
}

func newKeyring(ask func(context.Context, Prompt) (gemba.Secret, error)) *keyring {
	return &keyring{ask: ask, asking: newTurn(), opened: map[string]ssh.Signer{}}
}

// question puts one question to a person.
func (k *keyring) question(ctx context.Context, prompt Prompt) (gemba.Secret, error) {
	if err := k.asking.take(ctx); err != nil {
		return gemba.Secret{}, err
	}
	defer k.asking.give()
	return k.ask(ctx, prompt)
}

// open opens a locked key. Whoever waits while another is asked for the same key gets it too.
func (k *keyring) open(ctx context.Context, key *identity, h hop) (ssh.Signer, error) {
	if k.ask == nil {
		return nil, gemba.Fail(gemba.Forbidden, "key "+key.path+" has a passphrase", "there is nobody here to ask for it", "ssh-add "+key.path)
	}
	if err := k.asking.take(ctx); err != nil {
		return nil, err
	}
	defer k.asking.give()
	if signer := k.find(key.public); signer != nil {
		return signer, nil
	}
	passphrase, err := k.ask(ctx, Prompt{Kind: Passphrase, Host: h.String(), Key: key.path})
	if err != nil {
		return nil, fmt.Errorf("passphrase of %s: %w", key.path, err)
	}
	signer, err := ssh.ParsePrivateKeyWithPassphrase(key.private, []byte(passphrase.Reveal()))
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, gemba.Fail(gemba.Forbidden, "the passphrase of "+key.path+" is wrong", "", "try again")
	}
	if err != nil {
		return nil, fmt.Errorf("key %s cannot be opened: %w", key.path, err)
	}
	k.keep(signer)
	return signer, nil
}

func (k *keyring) find(public ssh.PublicKey) ssh.Signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.opened[string(public.Marshal())]
}

func (k *keyring) keep(signer ssh.Signer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.opened[string(signer.PublicKey().Marshal())] = signer
}

// locked is a signer whose key is opened when the server wants a signature of it, and not before.
type locked struct {
	public ssh.PublicKey
	open   func() (ssh.Signer, error)
}

func (l *locked) PublicKey() ssh.PublicKey { return l.public }

func (l *locked) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return l.SignWithAlgorithm(random, data, "")
}

func (l *locked) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := l.open()
	if err != nil {
		return nil, err
	}
	if able, ok := signer.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return able.SignWithAlgorithm(random, data, algorithm)
	}
	return signer.Sign(random, data)
}
