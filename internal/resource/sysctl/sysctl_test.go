package sysctl_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/resource/sysctl"
)

const (
	key  = "net.ipv4.tcp_rmem"
	file = "/etc/sysctl.d/60-gemba-net.ipv4.tcp_rmem.conf"
	proc = "/proc/sys/net/ipv4/tcp_rmem"
)

func prepare(t interface{ Fatal(...any) }, h *memory.Host) {
	resourcetest.KernelPrograms(h)
	if err := h.Mkdir("/etc/sysctl.d", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(t, h)
	h.Set(proc, rapid.SampledFrom([]string{"1\t2\t3\n", "4 5 6\n"}).Draw(t, "running"))
	if rapid.Bool().Draw(t, "file") {
		h.Set(file, rapid.SampledFrom([]string{"", "net.ipv4.tcp_rmem = 1 2 3\n"}).Draw(t, "content"))
	}
	h.Baked = rapid.Bool().Draw(t, "baked")
	if rapid.Bool().Draw(t, "absent") {
		return key, map[string]any{"absent": true}
	}
	return key, map[string]any{"value": rapid.SampledFrom([]string{"1 2 3", "4  5 6"}).Draw(t, "value")}
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, sysctl.Kind(), draw) }

func TestBlanksAreNoDifference(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	h.Set(proc, "1\t2\t3\n")
	difference, err := resourcetest.Change(t, sysctl.Kind(), h, key, map[string]any{"value": "1 2 3"})
	if err != nil || len(difference.Diffs) != 1 || h.Text(proc) != "1\t2\t3\n" || !strings.HasSuffix(h.Text(file), "\nnet.ipv4.tcp_rmem = 1 2 3\n") {
		t.Errorf("%+v, %v, %q", difference, err, h.Text(file))
	}
}

func TestWhatTheKernelDoesNotHaveMayChange(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	difference, err := resourcetest.Change(t, sysctl.Kind(), h, "net.bridge.bridge-nf-call-iptables", map[string]any{"value": "1"})
	if difference.May == "" || err == nil || !strings.Contains(err.Error(), "a module that has it") {
		t.Errorf("%+v, %v", difference, err)
	}
}

func TestADotInTheNameOfADevice(t *testing.T) {
	for _, name := range []string{"net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"} {
		h := memory.New()
		prepare(t, h)
		h.Set("/proc/sys/net/ipv4/conf/eth0.1/forwarding", "0\n")
		if _, err := resourcetest.Change(t, sysctl.Kind(), h, name, map[string]any{"value": "1"}); err != nil || h.Text("/proc/sys/net/ipv4/conf/eth0.1/forwarding") != "1\n" {
			t.Errorf("%s: %v", name, err)
		}
		if got := h.Text("/etc/sysctl.d/60-gemba-net.ipv4.conf.eth0_1.forwarding.conf"); !strings.Contains(got, "net.ipv4.conf.eth0/1.forwarding = 1") {
			t.Errorf("%q", got)
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for name, declared := range map[string]string{
		"a.b": `{}`, "a.c": `{"value": "1\n2"}`, "a..b": `{"value": "1"}`, "a/../b": `{"value": "1"}`, "a b": `{"value": "1"}`, "a.d": `{"value": "1", "absent": true}`, "/etc/x": `{"value": "1"}`,
	} {
		if _, err := sysctl.Kind().New(name, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
