package ssh

import (
	"context"
	"slices"

	"golang.org/x/crypto/ssh"
)

// candidates are the keys to sign in with, best first: what the agent has of the configured keys, the server's own keys, the
// agent's other keys, and the configured files. problems are keys that could not be had; others may do. A server counts
// attempts (MaxAuthTries, 6), so the order matters.
func (a *attempt) candidates(ctx context.Context) (keys []candidate, problems []error) {
	inAgent, err := agentKeys(ctx, a.hop.agent)
	if err != nil {
		problems = append(problems, err)
	}
	identities := func(paths []string) (found []*identity) {
		for _, path := range paths {
			key, err := readIdentity(path)
			if err != nil {
				problems = append(problems, err)
			} else if key != nil {
				found = append(found, key)
			}
		}
		return found
	}
	own, configured := identities(a.dialer.options.Keys), identities(a.hop.identities)
	certificates := readCertificates(a.certificateFiles())

	var last []candidate
	for _, key := range append(slices.Clone(own), configured...) {
		if i := slices.IndexFunc(inAgent, func(c candidate) bool { return same(c.signer.PublicKey(), key.public) }); i >= 0 {
			keys = append(keys, certified(candidate{key.path, inAgent[i].signer}, certificates)...)
			inAgent = slices.Delete(inAgent, i, i+1)
		} else if signer := a.signer(ctx, key); signer == nil {
			continue
		} else if slices.Contains(own, key) {
			keys = append(keys, certified(candidate{key.path, signer}, certificates)...)
		} else {
			last = append(last, certified(candidate{key.path, signer}, certificates)...)
		}
	}
	if !a.hop.only {
		keys = append(keys, inAgent...)
	}
	return append(keys, last...), problems
}

// certificateFiles are the configured ones, and those that lie beside keys.
func (a *attempt) certificateFiles() []string {
	files := slices.Clone(a.hop.certificates)
	for _, key := range append(slices.Clone(a.dialer.options.Keys), a.hop.identities...) {
		files = append(files, key+"-cert.pub")
	}
	return files
}

// signer is nil for a key whose private half is elsewhere.
func (a *attempt) signer(ctx context.Context, key *identity) ssh.Signer {
	if key.signer != nil || !key.locked {
		return key.signer
	}
	return &locked{public: key.public, open: func() (ssh.Signer, error) {
		if signer := a.dialer.keys.find(key.public); signer != nil {
			return signer, nil
		}
		a.patience.Stop() // a person may take longer than a server
		defer a.patience.Reset(signInTimeout)
		signer, err := a.dialer.keys.open(ctx, key, a.hop)
		if err != nil {
			a.problems = append(a.problems, err)
		}
		return signer, err
	}}
}

// certified is a key's certificates, and the key itself.
func certified(key candidate, certificates []*ssh.Certificate) []candidate {
	var all []candidate
	for _, certificate := range certificates {
		if same(certificate.Key, key.signer.PublicKey()) {
			if signer, err := ssh.NewCertSigner(certificate, key.signer); err == nil {
				all = append(all, candidate{key.name, signer})
			}
		}
	}
	return append(all, key)
}
