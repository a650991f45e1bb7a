package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gemba"
)

func TestDeadLinkIsNoticed(t *testing.T) {
	s := serve(t)
	p := newProxy(t, s, 0)
	o := options(t, s)
	o.ConfigFiles = []string{configured(t, "Host *\n  HostKeyAlias the-host\n")}
	aliased(t, s, o.KnownHosts[0])
	o.Keepalive = 100 * time.Millisecond
	host := s.host("web-1")
	host.Port = p.port
	link := dial(t, o, host)
	session, err := link.Worker(soon(t), "hang")
	must(t, err)
	_, err = io.ReadFull(session, make([]byte, len("hanging\n")))
	must(t, err)
	time.Sleep(time.Second) // a silent session is no dead link
	select {
	case <-link.(*Link).gone:
		t.Fatal(link.(*Link).ended())
	default:
	}
	began := time.Now()
	p.silent.Store(true)
	_, err = io.ReadAll(session)
	took := time.Since(began)
	refused(t, err, gemba.Unavailable, "web-1", "is dead", "for 300ms")
	refused(t, session.Wait(), gemba.Unavailable, "is dead")
	if _, err := session.Write([]byte("x")); err == nil {
		t.Error("it can be written to")
	}
	_, err = link.Worker(soon(t))
	refused(t, err, gemba.Unavailable, "is dead")
	if took < 150*time.Millisecond || took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestServersQuestionsAreAnswered(t *testing.T) {
	s := serve(t, "ClientAliveInterval 1", "ClientAliveCountMax 1")
	link := dial(t, options(t, s), s.host("web-1"))
	session, err := link.Worker(soon(t), "hang")
	must(t, err)
	time.Sleep(3500 * time.Millisecond)
	must(t, session.CloseWrite())
	_, err = io.ReadAll(session)
	must(t, err)
	must(t, session.Wait())
}

func TestHandshakesAreLimited(t *testing.T) {
	bastion, target := serve(t, "MaxStartups 8"), serve(t, "MaxStartups 8")
	o := options(t, bastion, target)
	o.Handshakes = 4
	d := New(o)
	host := target.host("web-1")
	host.Jump = "root@" + bastion.address()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			link, err := d.Dial(soon(t), host)
			if err != nil {
				t.Error(err)
				return
			}
			_ = link.Close()
		})
	}
	all.Wait()

	t.Run("and never more", func(t *testing.T) {
		listener, err := net.Listen("tcp", hostName+":0")
		must(t, err)
		defer listener.Close()
		var open, most atomic.Int32
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				if n := open.Add(1); n > most.Load() {
					most.Store(n)
				}
				go func() {
					time.Sleep(30 * time.Millisecond)
					open.Add(-1)
					_ = conn.Close()
				}()
			}
		}()
		host := gemba.Host{Name: "web-1", Address: hostName, Port: listener.Addr().(*net.TCPAddr).Port}
		for range 20 {
			all.Go(func() { _, _ = d.Dial(soon(t), host) })
		}
		all.Wait()
		if n := most.Load(); n != 4 {
			t.Errorf("%d handshakes at a time, want 4", n)
		}
	})
}

// aliased makes a server's key known by the name that HostKeyAlias gives it.
func aliased(t *testing.T, s *server, path string) {
	t.Helper()
	public, err := readPublic(s.path("host_ed25519.pub"))
	must(t, err)
	add(t, path, "the-host "+public.Type()+" "+base64Of(public)+"\n")
}

func TestGivingUpDoesNotWaitForASilentNetwork(t *testing.T) {
	s := serve(t)
	p := newProxy(t, s, 0)
	o := options(t, s)
	o.ConfigFiles = []string{configured(t, "Host *\n  HostKeyAlias the-host\n")}
	aliased(t, s, o.KnownHosts[0])
	host := s.host("web-1")
	host.Port = p.port
	link := dial(t, o, host)
	ctx, cancel := context.WithCancel(soon(t))
	session, err := link.Worker(ctx, "hang")
	must(t, err)
	_, err = io.ReadFull(session, make([]byte, len("hanging\n")))
	must(t, err)
	p.silent.Store(true)
	began := time.Now()
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := link.Worker(ctx, "hang"); !errors.Is(err, context.Canceled) {
		t.Errorf("starting another gives %v", err)
	}
	if _, err := io.ReadAll(session); !errors.Is(err, context.Canceled) {
		t.Errorf("reading gives %v", err)
	}
	if err := session.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting gives %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
}
