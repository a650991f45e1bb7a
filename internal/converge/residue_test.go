package converge_test

import (
	"errors"
	"io/fs"
	"testing"

	"gemba/internal/resource"
)

func TestARootFilesystemTellsWhatItLeavesToTheStart(t *testing.T) {
	w := newWorld()
	w.Baked = true
	for _, dir := range []string{"/etc/sysctl.d", "/proc", "/proc/sys", "/proc/sys/net", "/proc/sys/net/ipv4"} {
		if err := w.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
			t.Fatal(err)
		}
	}
	forward := item("sysctl", "net.ipv4.ip_forward", map[string]any{"value": "1"})
	for range 2 { // an image that is as declared leaves as much as one that was changed
		result, _ := w.run(t, true, forward)
		if !result.Good() || len(result.Residue) != 1 || result.Residue[0].Resource != "sysctl.net.ipv4.ip_forward" || result.Residue[0].What == "" {
			t.Errorf("%+v", result)
		}
	}
	w.Baked = false
	w.Set("/proc/sys/net/ipv4/ip_forward", "1\n")
	if result, _ := w.run(t, true, forward); !result.Good() || result.Residue != nil {
		t.Errorf("a running host leaves %+v", result)
	}
}
