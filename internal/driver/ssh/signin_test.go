package ssh

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"gemba"
)

func shell(t *testing.T, script string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", script).Output()
	must(t, err)
	return string(out)
}

func TestWrongKeyIsToldWithWhatWasTried(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	o.Home = home(t) // a key that is not let in
	path := filepath.Join(o.Home, ".ssh", "id_ed25519")
	public, err := readPublic(path + ".pub")
	must(t, err)
	_, err = New(o).Dial(soon(t), s.host("web-1"))
	refused(t, err, gemba.Forbidden, "web-1 (root@"+s.address()+") refuses to sign in root", "it takes publickey", path, ssh.FingerprintSHA256(public), "ssh-copy-id -p")

	t.Run("many", func(t *testing.T) {
		for range 8 {
			path := filepath.Join(t.TempDir(), "key")
			writeKey(t, path, newKey(t, "ed25519"), "")
			o.Keys = append(o.Keys, path)
		}
		_, err = New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "IdentitiesOnly yes")
	})
	t.Run("none", func(t *testing.T) {
		o.Keys, o.Home = nil, ""
		_, err = New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "no key to offer", "ssh-add")
	})
	t.Run("that cannot be read", func(t *testing.T) {
		o.Keys = []string{filepath.Join(t.TempDir(), "key")}
		write(t, o.Keys[0], "this is no key")
		_, err = New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "key "+o.Keys[0]+" cannot be read")
	})
	t.Run("where no keys are taken", func(t *testing.T) {
		s := serve(t, "PubkeyAuthentication no", "PasswordAuthentication yes")
		_, err := New(options(t, s)).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "takes no keys")
	})
}

func TestKeyWithAPassphrase(t *testing.T) {
	s := serve(t)
	o := options(t)
	o.KnownHosts = []string{known(t, s)}
	path := filepath.Join(o.Home, ".ssh", "id_ed25519")
	key := newKey(t, "rsa")
	writeKey(t, path, key, "sesame")

	t.Run("is not asked for in vain", func(t *testing.T) {
		o.Ask = func(context.Context, Prompt) (gemba.Secret, error) {
			t.Error("asked for the passphrase of a key that is not let in")
			return gemba.Secret{}, errors.New("no")
		}
		_, err := New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "tried "+path)
	})
	s.allow(t, signerOf(t, key).PublicKey())
	t.Run("nobody to ask", func(t *testing.T) {
		o.Ask = nil
		_, err := New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "web-1", path+" has a passphrase", "nobody here to ask", "ssh-add "+path)
	})
	t.Run("is asked for once for a fleet", func(t *testing.T) {
		var asked atomic.Int32
		o.Ask = func(_ context.Context, p Prompt) (gemba.Secret, error) {
			asked.Add(1)
			if want := "passphrase of " + path + ", to sign in at web-1 (root@" + s.address() + ")"; p.String() != want {
				t.Errorf("asks %q, want %q", p, want)
			}
			return gemba.NewSecret("sesame"), nil
		}
		d := New(o)
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				link, err := d.Dial(soon(t), s.host("web-1"))
				if err != nil {
					t.Error(err)
					return
				}
				_ = link.Close()
			})
		}
		all.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
	t.Run("wrong", func(t *testing.T) {
		o.Ask = func(context.Context, Prompt) (gemba.Secret, error) { return gemba.NewSecret("wrong"), nil }
		_, err := New(o).Dial(soon(t), s.host("web-1"))
		refused(t, err, gemba.Forbidden, "the passphrase of "+path+" is wrong")
	})
}

// sudoer makes a user for the length of a test. rule is a line of sudoers for it; "" is none.
func sudoer(t *testing.T, name, rule string) {
	t.Helper()
	for _, program := range []string{"sudo", "useradd", "userdel", "chpasswd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("LEFT OUT: there is no %s here", program)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("LEFT OUT: this is not root, which makes users")
	}
	_ = exec.Command("userdel", name).Run() // left by a test that was killed
	shell(t, "useradd --no-create-home --shell /bin/sh "+name+" && echo "+name+":sesame | chpasswd")
	t.Cleanup(func() { removeUser(t, name) })
	if rule != "" {
		path := "/etc/sudoers.d/" + name
		must(t, os.WriteFile(path, []byte(name+" "+rule+"\n"), 0o440))
		t.Cleanup(func() { _ = os.Remove(path) })
	}
}

// removeUser waits until nothing runs as the user any more: sshd ends its sessions a little after they are closed.
func removeUser(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command("userdel", name).CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("userdel %s: %v: %s", name, err, out)
			return
		}
	}
}

func TestSudo(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	must(t, os.Chmod(s.path("authorized"), 0o644))
	as := func(user string) gemba.Host { h := s.host("web-1"); h.User = user; return h }
	asked := 0
	password := func(text string) func(context.Context, Prompt) (gemba.Secret, error) {
		return func(_ context.Context, p Prompt) (gemba.Secret, error) {
			asked++
			if !strings.HasPrefix(p.String(), "password of gembatest2 for sudo on web-1 (gembatest2@") {
				t.Errorf("asks %q", p)
			}
			return gemba.NewSecret(text), nil
		}
	}
	sudoer(t, "gembatest1", "ALL=(ALL) NOPASSWD: ALL")
	sudoer(t, "gembatest2", "ALL=(ALL) ALL")
	sudoer(t, "gembatest3", "")

	t.Run("without a password", func(t *testing.T) {
		args := []string{"it's", "$(id)"}
		if out := say(t, dial(t, o, as("gembatest1")), args...); out != "uid=0 umask=077 [\"it's\" \"$(id)\"]\n" {
			t.Errorf("the worker said %q", out)
		}
	})
	t.Run("streams bytes as they are", func(t *testing.T) {
		session, err := dial(t, o, as("gembatest1")).Worker(soon(t), "echo")
		must(t, err)
		sent := "\x00\x03\x04\r\n\xff\x1a"
		_, err = session.Write([]byte(sent))
		must(t, err)
		must(t, session.CloseWrite())
		got := make([]byte, 64)
		n, _ := session.Read(got)
		if string(got[:n]) != sent {
			t.Errorf("%q came back of %q", got[:n], sent)
		}
		must(t, session.Wait())
	})
	t.Run("with a password, once for a link", func(t *testing.T) {
		o.Ask = password("sesame")
		link := dial(t, o, as("gembatest2"))
		for range 2 {
			if out := say(t, link, "echo"); out != "" {
				t.Errorf("the worker was given %q", out)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
	t.Run("with a wrong password", func(t *testing.T) {
		o.Ask, asked = password("wrong"), 0
		link := dial(t, o, as("gembatest2"))
		_, err := link.Worker(soon(t))
		refused(t, err, gemba.Forbidden, "the password of gembatest2 for sudo on web-1", "is wrong")
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
	t.Run("with nobody to ask", func(t *testing.T) {
		o.Ask = nil
		_, err := dial(t, o, as("gembatest2")).Worker(soon(t))
		refused(t, err, gemba.Forbidden, "asks for the password of gembatest2", "nobody here to ask", "NOPASSWD")
	})
	t.Run("of one who may not", func(t *testing.T) {
		o.Ask = func(context.Context, Prompt) (gemba.Secret, error) { return gemba.NewSecret("sesame"), nil }
		_, err := dial(t, o, as("gembatest3")).Worker(soon(t))
		refused(t, err, gemba.Forbidden, "gembatest3 may not become root on web-1", "sudoers")
	})
}

func TestClosedSessionEndsTheWorker(t *testing.T) {
	s := serve(t)
	o := options(t, s)
	must(t, os.Chmod(s.path("authorized"), 0o644))
	sudoer(t, "gembatest4", "ALL=(ALL) NOPASSWD: ALL")
	for _, user := range []string{"root", "gembatest4"} {
		t.Run(user, func(t *testing.T) {
			host := s.host("web-1")
			host.User = user
			session, err := dial(t, o, host).Worker(soon(t), "hang")
			must(t, err)
			for deadline := time.Now().Add(10 * time.Second); running(t, o.Prefix) == 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) { // its first line comes just before it
					t.Fatal("no worker runs")
				}
			}
			must(t, session.Close())
			for deadline := time.Now().Add(10 * time.Second); running(t, o.Prefix) > 0; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the worker still runs")
				}
			}
		})
	}
}

// running counts the processes whose executable lies below a directory.
func running(t *testing.T, dir string) int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	must(t, err)
	n := 0
	for _, link := range links {
		if path, err := os.Readlink(link); err == nil && strings.HasPrefix(path, dir) {
			n++
		}
	}
	return n
}
