package download_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/download"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const target = "/usr/bin/tool"

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// serve gives a host a curl or wget that fetches the one address that there is.
func serve(h *memory.Host, program, url, text string) {
	h.Program(program, func(h *memory.Host, c resource.Command) (resource.Output, error) {
		var to string
		wanted := url + "\n"
		for i, word := range c.Argv {
			if word == "--output" {
				to, wanted = c.Argv[i+1], "url = \""+url+"\"\n"
			} else if name, is := strings.CutPrefix(word, "--output-document="); is {
				to = name
			}
		}
		if string(c.Stdin) != wanted || strings.Contains(strings.Join(c.Argv, " "), url) {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 22, Stderr: []byte("curl: (22) The requested URL returned error: 404")}
		}
		if dir, err := h.Lstat(to[:strings.LastIndexByte(to, '/')]); err != nil || dir.Mode != 0o700 {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 23, Stderr: []byte("others could write here")}
		}
		h.Set(to, text)
		return resource.Output{}, nil
	})
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	text := rapid.SampledFrom([]string{"", "the tool"}).Draw(t, "text")
	serve(h, rapid.SampledFrom([]string{"curl", "wget"}).Draw(t, "program"), "https://example.com/tool", text)
	h.Set("/srv-tool", text)
	switch rapid.SampledFrom([]string{"nothing", "old", "same", "link"}).Draw(t, "what is there") {
	case "old":
		h.Set(target, "old tool")
	case "same":
		h.Set(target, text)
	case "link":
		if err := h.Symlink("/srv-tool", target); err != nil {
			t.Fatal(err)
		}
	}
	d := map[string]any{"url": rapid.SampledFrom([]string{"https://example.com/tool", "file:///srv-tool"}).Draw(t, "url"), "checksum": sha(text)}
	if rapid.Bool().Draw(t, "sha512") {
		sum := sha512.Sum512([]byte(text))
		d["checksum"] = "sha512:" + strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	for name, values := range map[string][]string{"mode": {"0755", "u+s", "go="}, "owner": {"www-data", "33"}, "group": {"www-data"}} {
		if rapid.Bool().Draw(t, name+"?") {
			d[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	h.Calls = nil
	return target, d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, download.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, download.Kind(), target, d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestWhatIsNotAsItsChecksumSaysNeverTakesThePlaceOfTheOld(t *testing.T) {
	h := memory.New()
	serve(h, "curl", "https://example.com/tool", "tampered")
	h.Set(target, "old")
	_, err := change(t, h, map[string]any{"url": "https://example.com/tool", "checksum": sha("good")})
	if err == nil || !strings.Contains(err.Error(), "its checksum is "+sha("tampered")) {
		t.Errorf("%v", err)
	}
	if names, _ := h.ReadDir("/usr/bin"); h.Text(target) != "old" || !reflect.DeepEqual(names, []string{"tool"}) {
		t.Errorf("%q is there, of %v", h.Text(target), names)
	}
}

func TestOnlyWhatIsDeclaredIsTouched(t *testing.T) {
	h := memory.New()
	h.Set(target, "good")
	found, err := change(t, h, map[string]any{"url": "https://example.com/tool", "checksum": sha("good"), "mode": "0755"})
	if want := []gemba.Diff{{Attribute: "mode", From: "0644", To: "0755"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err) // and nothing was fetched: there is no program to do it
	}
}

func TestWhyItCannotBeFetchedIsSaid(t *testing.T) {
	h := memory.New()
	d := map[string]any{"url": "https://example.com/tool", "checksum": sha("good")}
	if _, err := change(t, h, d); err == nil || !strings.Contains(err.Error(), "neither curl nor wget") {
		t.Errorf("%v", err)
	}
	serve(h, "curl", "https://example.com/other", "good")
	if _, err := change(t, h, d); err == nil || err.Error() != "curl ended with 22: curl: (22) The requested URL returned error: 404" {
		t.Errorf("%v", err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ url, checksum, says string }{
		{"https://a", "", "the checksum is"},
		{"https://a", "md5:d41d8cd98f00b204e9800998ecf8427e", "the checksum is"},
		{"ftp://a", sha(""), "the url begins"},
		{"a", sha(""), "the url begins"},
		{"https://a\nurl = b", sha(""), "a space"},
		{"file://../x", sha(""), "no absolute path"},
	} {
		text := `{"url": "` + strings.ReplaceAll(c.url, "\n", `\n`) + `", "checksum": "` + c.checksum + `"}`
		if _, err := download.Kind().New(target, []byte(text)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
