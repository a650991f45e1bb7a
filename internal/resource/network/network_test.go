package network_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/network"
	"gemba/internal/resource/resourcetest"
)

const file = "/etc/systemd/network/10-gemba-eth1.network"

// networkd gives a host a networkctl that notes in /run/networkd what it has read.
func networkd(h *memory.Host) {
	for _, dir := range []string{"/etc/systemd", "/etc/systemd/network", "/run"} {
		_ = h.Mkdir(dir, resource.Meta{Mode: 0o755})
	}
	h.Program("networkctl", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if strings.Join(c.Argv, " ") != "networkctl reload" {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte("Unknown command verb")}
		}
		h.Set("/run/networkd", h.Text(file))
		return resource.Output{}, nil
	})
	h.Calls = nil
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	networkd(h)
	h.Baked = rapid.Bool().Draw(t, "baked")
	for _, at := range []string{file, "/etc/systemd/network/.10-gemba-eth1.loaded"} {
		if text := rapid.SampledFrom([]string{"", "[Match]\nName=eth1\n\n[Network]\nAddress=10.0.7.11/24\n", "rubbish"}).Draw(t, at); text != "" {
			h.Set(at, text)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "absent?") == 0 {
		return "eth1", map[string]any{"absent": true}
	}
	d := map[string]any{"address": []string{"10.0.7.11/24"}}
	for name, value := range map[string]any{"dhcp": "ipv6", "mtu": 1420, "gateway": []string{"10.0.7.1", "fe80::1"}, "routes": []string{"10.0.0.0/8 via 10.0.7.1", "10.9.0.0/16"}} {
		if rapid.Bool().Draw(t, name) {
			d[name] = value
		}
	}
	return "eth1", d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, network.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, network.Kind(), "eth1", d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestTheFileIsWhatNetworkdReads(t *testing.T) {
	h := memory.New()
	networkd(h)
	_, err := change(t, h, map[string]any{
		"address": []string{"10.0.7.11/24", "fd00::11/64"}, "gateway": []string{"10.0.7.1"}, "dns": []string{"10.0.7.1"}, "domains": []string{"a.example", "~b.example"},
		"routes": []string{"10.0.0.0/8 via 10.0.7.2", "10.9.0.0/16"}, "dhcp": "ipv4", "mtu": 1420,
	})
	want := `[Match]
Name=eth1

[Link]
MTUBytes=1420

[Network]
DHCP=ipv4
Address=10.0.7.11/24
Address=fd00::11/64
Gateway=10.0.7.1
DNS=10.0.7.1
Domains=a.example ~b.example

[Route]
Destination=10.0.0.0/8
Gateway=10.0.7.2

[Route]
Destination=10.9.0.0/16
`
	if got := h.Text(file); err != nil || got != want || h.Text("/run/networkd") != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestWhatDiffersIsShownByItsName(t *testing.T) {
	h := memory.New()
	networkd(h)
	old := map[string]any{"address": []string{"10.0.7.11/24"}, "routes": []string{"10.0.0.0/8 via 10.0.7.1"}}
	if _, err := change(t, h, old); err != nil {
		t.Fatal(err)
	}
	found, err := change(t, h, map[string]any{"address": []string{"10.0.7.12/24"}, "routes": []string{"10.0.0.0/8 via 10.0.7.1", "10.9.0.0/16 via 10.0.7.2"}})
	want := []gemba.Diff{{Attribute: "address", From: "10.0.7.11/24", To: "10.0.7.12/24"}, {Attribute: "routes", From: "10.0.0.0/8 via 10.0.7.1", To: "10.0.0.0/8 via 10.0.7.1, 10.9.0.0/16 via 10.0.7.2"}}
	if err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestAFileThatNetworkdDidNotReadIsSeen(t *testing.T) {
	h := memory.New()
	networkd(h)
	d := map[string]any{"dhcp": "yes"}
	h.Fault = func(call string) error {
		if strings.HasPrefix(call, "run networkctl") {
			return &resource.ExitError{Argv: []string{"networkctl"}, Code: 1, Stderr: []byte("Could not reload: Unit dbus-org.freedesktop.network1.service not found.")}
		}
		return nil
	}
	if _, err := change(t, h, d); err == nil || !strings.Contains(err.Error(), "does the unit systemd-networkd run?") {
		t.Errorf("%v", err)
	}
	h.Fault = nil
	found, err := change(t, h, d)
	if want := []gemba.Diff{{Attribute: "loaded", From: "before the file was written", To: "as the file says"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, declared, says string }{
		{"eth1", `{}`, "says nothing"},
		{"eth1", `{"absent": true, "dhcp": "yes"}`, "has nothing else"},
		{"eth1", `{"address": ["10.0.7.11"]}`, "length of its network"},
		{"eth1", `{"dns": ["one"]}`, "no address"},
		{"eth1", `{"routes": ["10.0.0.0/8 10.0.7.1"]}`, "NETWORK via GATEWAY"},
		{"eth1", `{"routes": ["10.0.0.0/8 via x"]}`, "NETWORK via GATEWAY"},
		{"eth1", `{"domains": ["a\nb"]}`, "no domain"},
		{"eth1", `{"dhcp": "perhaps"}`, "dhcp is"},
		{"eth1", `{"dhcp": "yes", "mtu": 12}`, "at least 68"},
		{"a-very-long-name-of-an-interface", `{"dhcp": "yes"}`, "no name of an interface"},
	} {
		if _, err := network.Kind().New(c.name, []byte(c.declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v", c.name, c.declared, err)
		}
	}
}
