package ssh

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"gemba"
)

// server is a real sshd on loopback.
type server struct {
	dir  string
	port int
	keys map[string]ssh.Signer // its host keys, by kind
}

const hostName = "127.0.0.1"

// serve starts sshd with its own keys and configuration. It lets in root with what allow added.
func serve(t *testing.T, lines ...string) *server {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	if _, err := os.Stat(sshd); err != nil {
		t.Skip("LEFT OUT: there is no sshd here; apt-get install openssh-server")
	}
	if os.Getuid() != 0 {
		t.Skip("LEFT OUT: these tests sign in as root, and this is not root")
	}
	must(t, os.MkdirAll("/run/sshd", 0o755))
	s := &server{dir: t.TempDir(), keys: map[string]ssh.Signer{}}
	must(t, os.Chmod(s.dir, 0o755)) // another user's sshd reads authorized_keys there
	must(t, os.Chmod(filepath.Dir(s.dir), 0o755))
	config := []string{
		"ListenAddress " + hostName, "PidFile none", "StrictModes no", "UsePAM no", "PermitRootLogin yes",
		"AuthorizedKeysFile " + s.path("authorized"), "PasswordAuthentication no", "KbdInteractiveAuthentication no",
		"TrustedUserCAKeys " + s.path("authorities"), "LogLevel DEBUG1",
	}
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		key := newKey(t, kind)
		writeKey(t, s.path("host_"+kind), key, "")
		s.keys[kind] = signerOf(t, key)
	}
	if !strings.Contains(strings.Join(lines, "\n"), "HostKey ") {
		config = append(config, "HostKey "+s.path("host_ed25519"), "HostKey "+s.path("host_ecdsa"), "HostKey "+s.path("host_rsa"))
	}
	if !strings.Contains(strings.Join(lines, "\n"), "SetEnv ") {
		lines = append([]string{"SetEnv HOME=DIR"}, lines...) // what root's own shell does at its start is no part of a test
	}
	for _, line := range lines {
		config = append(config, strings.ReplaceAll(line, "DIR", s.dir))
	}
	write(t, s.path("authorized"), "")
	write(t, s.path("authorities"), "")
	s.port = freePort(t)
	config = append([]string{fmt.Sprintf("Port %d", s.port)}, config...) // before any Match block
	write(t, s.path("config"), strings.Join(config, "\n")+"\n")
	log, err := os.Create(s.path("log"))
	must(t, err)
	cmd := exec.Command(sshd, "-D", "-e", "-f", s.path("config"))
	cmd.Stderr = log
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			content, _ := os.ReadFile(s.path("log"))
			t.Logf("sshd said:\n%s", content[max(0, len(content)-3000):])
		}
	})
	for range 200 {
		if conn, err := net.Dial("tcp", s.address()); err == nil {
			_ = conn.Close()
			return s
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("sshd does not listen")
	return nil
}

func (s *server) path(name string) string { return filepath.Join(s.dir, name) }
func (s *server) address() string         { return fmt.Sprintf("%s:%d", hostName, s.port) }
func (s *server) log(t *testing.T) string {
	content, err := os.ReadFile(s.path("log"))
	must(t, err)
	return string(content)
}

// allow lets a key in.
func (s *server) allow(t *testing.T, keys ...ssh.PublicKey) {
	t.Helper()
	for _, key := range keys {
		add(t, s.path("authorized"), string(ssh.MarshalAuthorizedKey(key)))
	}
}

// host is the server as it would be declared.
func (s *server) host(name string) gemba.Host {
	return gemba.Host{Name: name, Kind: gemba.HostSSH, Address: hostName, Port: s.port, User: "root"}
}

// known makes a known_hosts file with the servers' ed25519 keys.
func known(t *testing.T, servers ...*server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known_hosts")
	for _, s := range servers {
		add(t, path, knownhosts.Line([]string{s.address()}, s.keys["ed25519"].PublicKey())+"\n")
	}
	return path
}

// home makes a user's home with a key that the servers let in.
func home(t *testing.T, servers ...*server) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, ".ssh"), 0o700))
	key := newKey(t, "ed25519")
	writeKey(t, filepath.Join(dir, ".ssh", "id_ed25519"), key, "")
	for _, s := range servers {
		s.allow(t, signerOf(t, key).PublicKey())
	}
	return dir
}

// options are those of most tests: a key that is let in, host keys that are known, a place of its own for the worker.
func options(t *testing.T, servers ...*server) Options {
	t.Helper()
	return Options{
		Worker:        fakeWorker(t),
		KnownHosts:    []string{known(t, servers...)},
		OwnKnownHosts: filepath.Join(t.TempDir(), "own", "known_hosts"),
		Home:          home(t, servers...),
		Prefix:        filepath.Join(t.TempDir(), "it's here", "worker"),
	}
}

func newKey(t *testing.T, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	must(t, err)
	return key
}

func signerOf(t *testing.T, key crypto.Signer) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(key)
	must(t, err)
	return signer
}

func writeKey(t *testing.T, path string, key crypto.Signer, passphrase string) {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	must(t, err)
	must(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	must(t, os.WriteFile(path+".pub", ssh.MarshalAuthorizedKey(signerOf(t, key).PublicKey()), 0o644))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

func add(t *testing.T, path, content string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	must(t, err)
	_, err = io.WriteString(file, content)
	must(t, err)
	must(t, file.Close())
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", hostName+":0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
