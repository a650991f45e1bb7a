package ssh

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
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
