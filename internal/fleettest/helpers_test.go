package fleettest

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

func must(t *testing.T, h *Host, argv ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), argv...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// dial reaches a host as root by SSH, knowing its key.
func dial(t *testing.T, fleet *Fleet, h *Host) *ssh.Client {
	t.Helper()
	text, err := os.ReadFile(fleet.Key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(h.HostKey()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check, err := knownhosts.New(known)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", h.Address+":22", &ssh.ClientConfig{User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: check})
	if err != nil {
		t.Fatalf("SSH to %s: %v", h.Name, err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// roundTrip is how long a connection takes to open, the quickest of some: the
// first also asks for the address.
func roundTrip(t *testing.T, h *Host) time.Duration {
	t.Helper()
	quickest := time.Hour
	for range 3 {
		begin := time.Now()
		connection, err := net.DialTimeout("tcp", h.Address+":22", 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		quickest = min(quickest, time.Since(begin))
		connection.Close()
	}
	return quickest
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("it never came true that %s", what)
}
