package archive_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/archive"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const target = "/home/tool"

// programs gives a host a tar, an unzip and a chown, for archives that are lines of "NAME TEXT".
func programs(h *memory.Host) {
	put := func(at, dir string, strip int) error {
		for line := range strings.Lines(strings.TrimPrefix(h.Text(at), "PK\x03\x04")) {
			name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
			parts := strings.Split(name, "/")
			if len(parts) > strip {
				h.Set(dir+"/"+parts[strip], text)
			}
		}
		return nil
	}
	h.Program("tar", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		var strip int
		if len(c.Argv) != 9 || strings.Join(c.Argv[6:8], " ") != "--no-same-owner --no-overwrite-dir" || strings.HasPrefix(h.Text(c.Argv[3]), "PK") {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 2, Stderr: []byte("tar: This does not look like a tar archive")}
		}
		if _, err := fmt.Sscanf(c.Argv[8], "--strip-components=%d", &strip); err != nil {
			return resource.Output{}, err
		}
		return resource.Output{}, put(c.Argv[3], c.Argv[5], strip)
	})
	h.Program("unzip", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if strings.Join(c.Argv[1:3], " ") != "-q -o" || c.Argv[4] != "-d" {
			return resource.Output{}, fmt.Errorf("unknown: %v", c.Argv)
		}
		return resource.Output{}, put(c.Argv[3], c.Argv[5], 0)
	})
	h.Program("chown", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		var uid, gid = -1, -1
		user, group, _ := strings.Cut(c.Argv[4], ":")
		fmt.Sscan(user, &uid)
		fmt.Sscan(group, &gid)
		names, err := h.ReadDir(c.Argv[5])
		if strings.Join(c.Argv[1:4], " ") != "-R -h -P" || err != nil {
			return resource.Output{}, fmt.Errorf("unknown: %v", c.Argv)
		}
		for _, name := range names {
			if err := h.Chown(c.Argv[5]+"/"+name, uid, gid); err != nil {
				return resource.Output{}, err
			}
		}
		return resource.Output{}, h.Chown(c.Argv[5], uid, gid)
	})
	h.Calls = nil
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	text := rapid.SampledFrom([]string{"v1/tool one\nv1/doc x\n", "PK\x03\x04tool two\n"}).Draw(t, "archive")
	if rapid.Bool().Draw(t, "there") {
		if err := h.Mkdir(target, resource.Meta{Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
		h.Set(target+"/tool", "old")
		if mark := rapid.SampledFrom([]string{"", "rubbish", sha(text) + " strip=0\n", sha(text) + " strip=1\n"}).Draw(t, "mark"); mark != "" {
			h.Set(target+"/.gemba-archive", mark)
		}
	}
	d := map[string]any{}
	switch h.Set("/srv.tar", text); rapid.SampledFrom([]string{"content", "path", "checksum"}).Draw(t, "from") {
	case "content":
		d["content"] = h.AddBody(text)
	case "path":
		d["path"] = "/srv.tar"
	case "checksum":
		d["path"], d["checksum"] = "/srv.tar", sha(text)
	}
	if !strings.HasPrefix(text, "PK") {
		d["strip"] = 1
	}
	if rapid.Bool().Draw(t, "creates?") {
		d["creates"] = target + "/tool"
	}
	if rapid.Bool().Draw(t, "owner?") {
		d["owner"] = "www-data"
	}
	if rapid.Bool().Draw(t, "group?") {
		d["group"] = "adm"
	}
	programs(h)
	return target, d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, archive.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, archive.Kind(), target, d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestItIsUnpackedAgainWhenTheArchiveIsAnotherOne(t *testing.T) {
	h := memory.New()
	programs(h)
	for _, text := range []string{"a one\n", "a two\nb x\n"} {
		d := map[string]any{"content": h.AddBody(text), "owner": "www-data"}
		if found, err := change(t, h, d); err != nil || found.None() {
			t.Fatalf("%+v, %v", found, err)
		}
		if found, _ := change(t, h, d); !found.None() {
			t.Errorf("again: %+v", found)
		}
	}
	if info, _ := h.Lstat(target + "/b"); h.Text(target+"/a") != "two" || info.UID != 33 {
		t.Errorf("%q, %+v", h.Text(target+"/a"), info)
	}
	if names, _ := h.ReadDir("/home"); !slices.Equal(names, []string{"tool"}) {
		t.Errorf("beside it there is %v", names)
	}
}

func TestAnArchiveThatIsGoneIsNotMissed(t *testing.T) {
	h := memory.New()
	programs(h)
	h.Set("/tmp/a.tar", "a one\n")
	for _, d := range []map[string]any{{"path": "/tmp/a.tar"}, {"path": "/tmp/a.tar", "checksum": sha("a one\n")}} {
		h.Set("/tmp/a.tar", "a one\n")
		if _, err := change(t, h, d); err != nil {
			t.Fatal(err)
		}
		_ = h.Remove("/tmp/a.tar")
		if found, err := change(t, h, d); err != nil || !found.None() {
			t.Errorf("%+v, %v", found, err)
		}
	}
}

func TestWhatIsNotAsItsChecksumSaysIsNotUnpacked(t *testing.T) {
	h := memory.New()
	programs(h)
	h.Set("/tmp/a.tar", "a tampered\n")
	if _, err := change(t, h, map[string]any{"path": "/tmp/a.tar", "checksum": sha("a good\n")}); err == nil || !strings.Contains(err.Error(), "is not what is declared") || h.Text(target+"/a") != "" {
		t.Errorf("%v", err)
	}
}

func TestAnArchiveThatADownloadBringsIsNotThereInThePlan(t *testing.T) {
	h := memory.New()
	r := resourcetest.Declare(t, archive.Kind(), target, map[string]any{"path": "/tmp/a.tar"})
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Diff(s); d.Action != gemba.ActionCreate || d.May != "/tmp/a.tar is not there yet" || !slices.Contains(r.Needs(), resource.Path("/tmp/a.tar")) {
		t.Errorf("%+v, %v", d, r.Needs())
	}
}

func TestAMissingProgramIsNamed(t *testing.T) {
	h := memory.New()
	if _, err := change(t, h, map[string]any{"content": h.AddBody("a x\n")}); err == nil || !strings.Contains(err.Error(), "the host has no tar") {
		t.Errorf("%v", err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for declared, says := range map[string]string{
		`{}`: "needs one of",
		`{"path": "/a", "content": {"digest": "sha256:0", "size": 1}}`: "needs one of",
		`{"path": "a"}`:                       "no absolute path",
		`{"path": "/a", "strip": -1}`:         "strip is",
		`{"path": "/a", "checksum": "md5:0"}`: "the checksum is",
	} {
		if _, err := archive.Kind().New(target, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
