package ssh

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"gemba"
)

// algorithms is the order in which keys are asked for: first those that are known, so that a host with several keys shows the one that
// can be compared. The others follow: then a changed key can be shown, not just missed.
func (k *hostKeys) algorithms(name string) []string {
	var first []string
	for _, key := range k.known(name) {
		if k.authorities[fmt.Sprintf("%s:%d", key.Filename, key.Line)] {
			first = append(first, ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01, ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01)
		} else if kind := key.Key.Type(); kind == ssh.KeyAlgoRSA {
			first = append(first, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else if slices.Contains(plainAlgorithms(), kind) {
			first = append(first, kind)
		}
	}
	var all []string
	for _, algorithm := range append(first, plainAlgorithms()...) {
		if !slices.Contains(all, algorithm) {
			all = append(all, algorithm)
		}
	}
	return all
}

func plainAlgorithms() []string {
	return []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
}

// accept holds the key that a host shows to what is known. Its errors are Forbidden.
func (k *hostKeys) accept(h hop, key ssh.PublicKey) error {
	err := k.check(h.hostKeyName(), &net.TCPAddr{}, key)
	if err == nil {
		return nil
	}
	var revoked *knownhosts.RevokedError
	if errors.As(err, &revoked) {
		return gemba.Fail(gemba.Forbidden, fmt.Sprintf("the host key of %s is revoked", h),
			fmt.Sprintf("it shows %s, which %s says is not to be trusted", shown(key), k.place(revoked.Revoked)), "find out why it was revoked; the host needs a new key")
	}
	known := k.known(h.hostKeyName())
	if len(known) == 0 {
		return gemba.Fail(gemba.Forbidden, fmt.Sprintf("the host key of %s is not known", h),
			fmt.Sprintf("it shows %s, and no known_hosts file has a key of it", shown(key)), "gemba host add "+h.account())
	}
	if _, certified := key.(*ssh.Certificate); certified {
		return gemba.Fail(gemba.Forbidden, fmt.Sprintf("the host certificate of %s is not good", h), err.Error(), "have it signed anew by the authority in "+k.place(known[0]))
	}
	var before []string
	for _, old := range known {
		before = append(before, fmt.Sprintf("%s has %s", k.place(old), shown(old.Key)))
	}
	name := knownhosts.Normalize(h.hostKeyName())
	return gemba.Fail(gemba.Forbidden, fmt.Sprintf("the host key of %s has changed", h),
		fmt.Sprintf("it shows %s, but %s; the host was set up anew, or somebody is in between", shown(key), strings.Join(before, ", ")),
		fmt.Sprintf("ask whoever set up the host; if the new key is right: ssh-keygen -R %s -f %s && gemba host add %s", quote(name), quote(known[0].Filename), h.account()))
}

func (k *hostKeys) place(key knownhosts.KnownKey) string {
	path := key.Filename
	if original, copied := k.origin[path]; copied {
		path = original
	}
	return fmt.Sprintf("%s:%d", path, key.Line)
}

func shown(key ssh.PublicKey) string { return key.Type() + " " + ssh.FingerprintSHA256(key) }
