package ssh

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"gemba"
)

func TestEveryKindOfKeySignsIn(t *testing.T) {
	s := serve(t)
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			o := options(t, s)
			o.Home = ""
			o.Keys = []string{filepath.Join(t.TempDir(), "key")}
			key := newKey(t, kind)
			writeKey(t, o.Keys[0], key, "")
			s.allow(t, signerOf(t, key).PublicKey())
			dial(t, o, s.host("web-1"))
		})
	}
}

func TestCertificateBesideTheKeySignsIn(t *testing.T) {
	s := serve(t)
	o := options(t)
	o.KnownHosts = []string{known(t, s)}
	authority := signerOf(t, newKey(t, "ed25519"))
	write(t, s.path("authorities"), string(ssh.MarshalAuthorizedKey(authority.PublicKey())))
	path := filepath.Join(o.Home, ".ssh", "id_ed25519")
	public, err := readPublic(path + ".pub")
	must(t, err)
	certificate := &ssh.Certificate{Key: public, CertType: ssh.UserCert, KeyId: "me", ValidPrincipals: []string{"root"}, ValidBefore: ssh.CertTimeInfinity}
	must(t, certificate.SignCert(rand.Reader, authority))
	write(t, path+"-cert.pub", string(ssh.MarshalAuthorizedKey(certificate)))
	dial(t, o, s.host("web-1"))
}

func TestAgentSignsIn(t *testing.T) {
	s := serve(t)
	o := options(t)
	o.KnownHosts, o.Home = []string{known(t, s)}, ""
	key := newKey(t, "ecdsa")
	s.allow(t, signerOf(t, key).PublicKey())
	o.AgentSocket = serveAgent(t, agent.AddedKey{PrivateKey: key, Comment: "me@laptop"})
	dial(t, o, s.host("web-1"))

	t.Run("but not with other keys when IdentitiesOnly is set", func(t *testing.T) {
		o.ConfigFiles = []string{configured(t, "Host *\n  IdentitiesOnly yes\n  IdentityFile %d/.ssh/none\n")}
		_, err := New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "no key to offer")
	})
	t.Run("with a key of which only the public half is in the file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "id.pub")
		write(t, path, string(ssh.MarshalAuthorizedKey(signerOf(t, key).PublicKey())))
		o.ConfigFiles = []string{configured(t, "Host *\n  IdentitiesOnly yes\n  IdentityFile "+path+"\n")}
		dial(t, o, s.host("web-1"))
	})
}

func serveAgent(t *testing.T, keys ...agent.AddedKey) string {
	t.Helper()
	ring := agent.NewKeyring()
	for _, key := range keys {
		must(t, ring.Add(key))
	}
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn); _ = conn.Close() }()
		}
	}()
	return socket
}

func configured(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, content)
	return path
}

func TestJumpHosts(t *testing.T) {
	first, second, target := serve(t), serve(t), serve(t)
	o := options(t, first, second, target)
	o.ConfigFiles = []string{configured(t, fmt.Sprintf("Host bastion\n  HostName 127.0.0.1\n  Port %d\n  User root\n", first.port))}
	host := target.host("web-1")
	host.Jump = fmt.Sprintf("bastion,root@127.0.0.1:%d", second.port)
	if out := say(t, dial(t, o, host), "hello"); out != "uid=0 umask=077 [\"hello\"]\n" {
		t.Errorf("the worker said %q", out)
	}

	t.Run("unknown", func(t *testing.T) {
		o.KnownHosts = []string{known(t, second, target)}
		_, err := New(o).Dial(soon(t), host)
		refused(t, err, gemba.Forbidden, "web-1 (root@", "cannot be reached through bastion (root@", "not known", "gemba host add root@"+first.address())
	})
	t.Run("that cannot reach the host", func(t *testing.T) {
		o.KnownHosts = []string{known(t, first, second)}
		host.Port = freePort(t)
		_, err := New(o).Dial(soon(t), host)
		refused(t, err, gemba.Unavailable, "web-1 (root@127.0.0.1:", "refused", "through root@"+second.address(), "nc -vz")
	})
	t.Run("in a circle", func(t *testing.T) {
		o.ConfigFiles = []string{configured(t, "Host bastion\n  ProxyJump bastion\n")}
		_, err := New(o).Dial(soon(t), host)
		refused(t, err, gemba.Invalid, "circle")
	})
}

func TestConfigurationOfTheUser(t *testing.T) {
	s, bastion := serve(t), serve(t)
	o := options(t, bastion, s)
	must(t, os.Rename(filepath.Join(o.Home, ".ssh", "id_ed25519"), filepath.Join(o.Home, ".ssh", "work")))
	included := configured(t, fmt.Sprintf("Host web-alias\n  Port %d\n  User root\n  IdentityFile ~/.ssh/work\n  UserKnownHostsFile %s\n", s.port, o.KnownHosts[0]))
	o.KnownHosts = nil
	o.ConfigFiles = []string{configured(t, fmt.Sprintf(
		"Include %s\nMatch exec \"touch /nonexistent\"\n  Port 1\nHost web-alias\n  HostName 127.0.0.1\n  ProxyJump root@bastion\nHost bastion\n  HostName 127.0.0.1\n  Port %d\n  IdentityFile ~/.ssh/work\n  UserKnownHostsFile %s\n",
		included, bastion.port, filepath.Join(filepath.Dir(knownOf(included, t)), "known_hosts")))}
	link := dial(t, o, gemba.Host{Name: "web-1", Address: "web-alias"}).(*Link)
	if got := link.host.String(); got != fmt.Sprintf("web-1 (root@127.0.0.1:%d)", s.port) {
		t.Errorf("the host is %s", got)
	}
	if n := len(link.way.clients); n != 2 {
		t.Errorf("%d hops", n)
	}

	t.Run("what is declared wins", func(t *testing.T) {
		_, err := New(o).Dial(soon(t), gemba.Host{Name: "web-1", Address: "web-alias", User: "nobody-here"})
		refused(t, err, gemba.Forbidden, "nobody-here")
	})
}

// knownOf finds the known_hosts file that a configuration names.
func knownOf(path string, t *testing.T) string {
	t.Helper()
	c, err := readConfig([]string{path})
	must(t, err)
	return c.get("web-alias", "UserKnownHostsFile")
}
