package ssh

import (
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"gemba"
)

func TestUnknownHostIsPinned(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	o.KnownHosts = nil
	d := New(o)
	fingerprint := ssh.FingerprintSHA256(s.keys["ed25519"].PublicKey())
	_, err := d.Dial(soon(t), s.host("web-1"))
	refused(t, err, gemba.Forbidden, "web-1 (root@"+s.address()+")", "not known", "ssh-ed25519 "+fingerprint, "try: gemba host add root@"+s.address())

	add(t, filepath.Join(t.TempDir(), "x"), "")
	must(t, os.MkdirAll(filepath.Dir(o.OwnKnownHosts), 0o700))
	write(t, o.OwnKnownHosts, "# no line end")
	must(t, os.Chmod(o.OwnKnownHosts, 0o600))
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			got, err := d.Pin(soon(t), s.host("web-1"))
			if err != nil || got != fingerprint {
				t.Errorf("pinned %s, %v; want %s", got, err, fingerprint)
			}
		})
	}
	all.Wait()
	content, err := os.ReadFile(o.OwnKnownHosts)
	must(t, err)
	if want := "# no line end\n" + knownhosts.Line([]string{s.address()}, s.keys["ed25519"].PublicKey()) + "\n"; string(content) != want {
		t.Errorf("known_hosts has %q, want %q", content, want)
	}
	link, err := d.Dial(soon(t), s.host("web-1"))
	must(t, err)
	must(t, link.Close())
}

func TestPinMakesAPrivateFile(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	o.KnownHosts, o.Home = nil, "" // it needs no key
	_, err := New(o).Pin(soon(t), s.host("web-1"))
	must(t, err)
	info, err := os.Stat(o.OwnKnownHosts)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
}

func TestPinGoesThroughJumpHosts(t *testing.T) {
	bastion, target := serve(t), serve(t)
	o := options(t, bastion, target)
	o.KnownHosts = []string{known(t, bastion)}
	host := target.host("web-1")
	host.Jump = "root@" + bastion.address()
	got, err := New(o).Pin(soon(t), host)
	must(t, err)
	if want := ssh.FingerprintSHA256(target.keys["ed25519"].PublicKey()); got != want {
		t.Errorf("pinned %s, want %s", got, want)
	}
}

func TestChangedKeyStopsEverything(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	other := signerOf(t, newKey(t, "ed25519")).PublicKey()
	write(t, o.KnownHosts[0], "# a comment\nbroken line\n"+knownhosts.Line([]string{s.address()}, other)+"\n")
	want := []string{
		"the host key of web-1 (root@" + s.address() + ") has changed",
		ssh.FingerprintSHA256(s.keys["ed25519"].PublicKey()), ssh.FingerprintSHA256(other),
		o.KnownHosts[0] + ":3", "ssh-keygen -R '[127.0.0.1]:", "-f '" + o.KnownHosts[0] + "'",
	}
	_, err := New(o).Dial(soon(t), s.host("web-1"))
	refused(t, err, gemba.Forbidden, want...)
	_, err = New(o).Pin(soon(t), s.host("web-1"))
	refused(t, err, gemba.Forbidden, want...)
	if _, err := os.Stat(o.OwnKnownHosts); err == nil {
		if content, _ := os.ReadFile(o.OwnKnownHosts); len(content) > 0 {
			t.Errorf("something was pinned: %q", content)
		}
	}
	if strings.Contains(s.log(t), "Accepted publickey") {
		t.Error("it signed in")
	}
}

func TestKeyOfAnotherKindIsAChangedKey(t *testing.T) {
	s := serve(t, "HostKey DIR/host_rsa")
	o := options(t, s) // the ed25519 key is known
	_, err := New(o).Dial(soon(t), s.host("web-1"))
	refused(t, err, gemba.Forbidden, "has changed", "ssh-rsa "+ssh.FingerprintSHA256(s.keys["rsa"].PublicKey()), ssh.FingerprintSHA256(s.keys["ed25519"].PublicKey()))
}

func TestHostWithSeveralKeysShowsTheKnownOne(t *testing.T) {
	s := serve(t)
	for kind, key := range s.keys {
		for form, name := range map[string]string{"plain": s.address(), "hashed": ""} {
			t.Run(kind+" "+form, func(t *testing.T) {
				o := options(t, s)
				if name == "" {
					name = knownhosts.HashHostname(knownhosts.Normalize(s.address()))
					write(t, o.KnownHosts[0], name+" "+string(ssh.MarshalAuthorizedKey(key.PublicKey())))
				} else {
					write(t, o.KnownHosts[0], knownhosts.Line([]string{name}, key.PublicKey()))
				}
				dial(t, o, s.host("web-1"))
			})
		}
	}
}

func TestRevokedKeyIsRefused(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	add(t, o.KnownHosts[0], "@revoked * "+string(ssh.MarshalAuthorizedKey(s.keys["ed25519"].PublicKey())))
	_, err := New(o).Dial(soon(t), s.host("web-1"))
	refused(t, err, gemba.Forbidden, "revoked", o.KnownHosts[0]+":2")
}

func TestHostCertificateOfAKnownAuthority(t *testing.T) {
	s := serve(t)
	authority := signerOf(t, newKey(t, "ed25519"))
	certificate := &ssh.Certificate{Key: s.keys["ed25519"].PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{hostName}, ValidBefore: ssh.CertTimeInfinity}
	must(t, certificate.SignCert(rand.Reader, authority))
	signer, err := ssh.NewCertSigner(certificate, s.keys["ed25519"])
	must(t, err)
	known := filepath.Join(t.TempDir(), "known_hosts")
	write(t, known, "@cert-authority * "+string(ssh.MarshalAuthorizedKey(authority.PublicKey())))
	k, err := readHostKeys([]string{known})
	must(t, err)
	h := hop{name: "web-1", host: hostName, port: 22, user: "root"}
	if first := k.algorithms(h.hostKeyName())[0]; first != ssh.CertAlgoED25519v01 {
		t.Errorf("asks for %s first", first)
	}
	must(t, k.accept(h, signer.PublicKey()))
	h.host = "elsewhere.example"
	refused(t, k.accept(h, signer.PublicKey()), gemba.Forbidden, "certificate", "not good")
}

func TestUnreachableHosts(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	o.Timeout = 300e6
	d := New(o)
	silent, err := net.Listen("tcp", hostName+":0")
	must(t, err)
	defer silent.Close()
	hangsUp, err := net.Listen("tcp", hostName+":0")
	must(t, err)
	defer hangsUp.Close()
	go func() {
		for {
			conn, err := hangsUp.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	port := func(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
	for name, c := range map[string]struct {
		host gemba.Host
		says []string
	}{
		"refused":         {gemba.Host{Name: "web-1", Address: hostName, Port: freePort(t)}, []string{"web-1 (root@127.0.0.1:", "refuses connections", "systemctl status ssh"}},
		"no such name":    {gemba.Host{Name: "web-1", Address: "no-such-host.invalid"}, []string{"web-1 (root@no-such-host.invalid)", "name"}},
		"does not answer": {gemba.Host{Name: "web-1", Address: hostName, Port: port(silent)}, []string{"handshake did not end within 300ms"}},
		"hangs up":        {gemba.Host{Name: "web-1", Address: hostName, Port: port(hangsUp)}, []string{"closed the connection", "MaxStartups"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.Dial(soon(t), c.host)
			refused(t, err, gemba.Unavailable, c.says...)
		})
	}
	_, err = d.Dial(soon(t), gemba.Host{Name: "web-1"})
	refused(t, err, gemba.Invalid, "no address")
}

func TestQuote(t *testing.T) {
	for _, text := range []string{"", "plain", "it's", `"'\$(id)` + "`id`", "a\nb", "--", "!x", "*", "ü"} {
		got := shell(t, "printf '%s|' "+quote(text))
		if got != text+"|" {
			t.Errorf("%q became %q", text, got)
		}
		if got := shell(t, "sh -c "+quote("printf '%s|' "+quote(text))); got != text+"|" {
			t.Errorf("%q became %q in two shells", text, got)
		}
	}
	_, err := quoteAll([]string{"a\x00b"})
	refused(t, err, gemba.Invalid, "zero byte")
}

func TestJumpsAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"bastion":            "@bastion:0",
		"me@bastion:2222":    "me@bastion:2222",
		"ssh://me@[::1]:22/": "me@::1:22",
		"a@b@bastion":        "a@b@bastion:0",
		"[fe80::1]":          "@fe80::1:0",
		"bastion:0":          `"0" is no port`,
		"bastion:x":          `"x" is no port`,
		"me@":                "it names no host",
	} {
		user, host, port, err := parseJump(text)
		got := fmt.Sprintf("%s@%s:%d", user, host, port)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}
