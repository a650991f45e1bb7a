package ssh

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"gemba"
)

// hostKeys is what the known_hosts files say.
type hostKeys struct {
	check       ssh.HostKeyCallback
	origin      map[string]string // a copy's path to the file's
	authorities map[string]bool   // "path:line" of the lines that name a certificate authority
}

// hostKeyName is the name in known_hosts.
func (h hop) hostKeyName() string {
	if h.keyAlias != "" {
		return net.JoinHostPort(h.keyAlias, "22")
	}
	return net.JoinHostPort(strings.ToLower(h.host), strconv.Itoa(h.port))
}

// readHostKeys reads the files that exist. As with ssh, a line that cannot be read is passed over.
func readHostKeys(paths []string) (*hostKeys, error) {
	k := &hostKeys{origin: map[string]string{}, authorities: map[string]bool{}}
	var files []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if path == "" || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, unknowable(path, err)
		}
		file, remove, err := k.readable(path, content)
		if err != nil {
			return nil, unknowable(path, err)
		}
		defer remove()
		files = append(files, file)
	}
	check, err := knownhosts.New(files...)
	if err != nil {
		return nil, unknowable(strings.Join(paths, ", "), err)
	}
	k.check = check
	return k, nil
}

func unknowable(path string, err error) error {
	return &gemba.Error{Code: gemba.Invalid, What: "known host keys cannot be read from " + path, Why: err.Error(), Try: "correct the file", Err: err}
}

// readable returns the path of a file that the library takes: the file itself, or a copy without the lines that it would choke on.
func (k *hostKeys) readable(path string, content []byte) (file string, remove func(), err error) {
	lines := bytes.Split(content, []byte("\n"))
	bad := false
	for i, line := range lines {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		marker, _, _, _, _, err := ssh.ParseKnownHosts(line)
		if err != nil {
			lines[i], bad = []byte("#"), true
		}
		k.authorities[fmt.Sprintf("%s:%d", path, i+1)] = marker == "cert-authority"
	}
	if !bad {
		return path, func() {}, nil
	}
	copied, err := os.CreateTemp("", "known_hosts-*")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.Remove(copied.Name()) }
	k.origin[copied.Name()] = path
	_, err = copied.Write(bytes.Join(lines, []byte("\n")))
	if err := errors.Join(err, copied.Close()); err != nil {
		remove()
		return "", nil, err
	}
	return copied.Name(), remove, nil
}

// known returns the keys that a name may show.
func (k *hostKeys) known(name string) []knownhosts.KnownKey {
	// The library tells what it knows when it is asked about a key that nobody has.
	nobodys, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return nil
	}
	var mismatch *knownhosts.KeyError
	if !errors.As(k.check(name, &net.TCPAddr{}, nobodys), &mismatch) {
		return nil
	}
	for i := range mismatch.Want {
		if path, copied := k.origin[mismatch.Want[i].Filename]; copied {
			mismatch.Want[i].Filename = path
		}
	}
	return mismatch.Want
}

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
