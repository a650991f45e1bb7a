package authorizedkey_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/authorizedkey"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const file = "/home/ana/.ssh/authorized_keys"

// public is a key of a type, told apart by its seed.
func public(kind, seed string) string {
	blob := append([]byte{0, 0, 0, byte(len(kind))}, kind...)
	return kind + " " + base64.StdEncoding.EncodeToString(append(blob, "\x00\x00\x00\x04"+seed...))
}

func prepare(t interface{ Fatal(...any) }, h *memory.Host) {
	h.Set("/etc/passwd", h.Text("/etc/passwd")+"ana:x:1000:1000::/home/ana:/bin/sh\n")
	if err := h.Mkdir("/home/ana", resource.Meta{Mode: 0o700, UID: 1000, GID: 1000}); err != nil {
		t.Fatal(err)
	}
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(t, h)
	one, two := public("ssh-ed25519", "one."), public("ssh-rsa", "two.")
	if rapid.Bool().Draw(t, "directory") {
		if err := h.Mkdir("/home/ana/.ssh", resource.Meta{Mode: 0o755, UID: 1000, GID: 1000}); err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "file") {
			lines := rapid.SliceOfN(rapid.SampledFrom([]string{one, one + " ana@x", two, `command="echo \" #",no-pty ` + one + " c", "# " + one, "", "rubbish", "from=\"a b\" " + two}), 0, 5).Draw(t, "lines")
			text := strings.Join(lines, "\n")
			if rapid.Bool().Draw(t, "closed") {
				text += "\n"
			}
			h.Set(file, text)
		}
	}
	declared := map[string]any{"user": "ana", "key": one + rapid.SampledFrom([]string{"", " ana@laptop", " with blanks in it"}).Draw(t, "comment")}
	if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		declared["absent"] = true
		return "it", declared
	}
	if rapid.Bool().Draw(t, "options?") {
		declared["options"] = rapid.SampledFrom([]string{"", "no-pty", `command="a \"b\" c"`}).Draw(t, "options")
	}
	if rapid.Bool().Draw(t, "exclusive") {
		declared["exclusive"] = true
		if rapid.Bool().Draw(t, "keep") {
			declared["keep"] = []string{two}
		}
	}
	return "it", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, authorizedkey.Kind(), draw) }

func host(t *testing.T) *memory.Host {
	t.Helper()
	h := memory.New()
	prepare(t, h)
	return h
}

func change(t *testing.T, h *memory.Host, declared map[string]any) (resource.Difference, error) {
	t.Helper()
	declared["user"] = "ana"
	return resourcetest.Change(t, authorizedkey.Kind(), h, "it", declared)
}

func TestTheDirectoryAndTheFileAreTheUsersAlone(t *testing.T) {
	h := host(t)
	if _, err := change(t, h, map[string]any{"key": public("ssh-ed25519", "one.") + " ana"}); err != nil {
		t.Fatal(err)
	}
	dir, _ := h.Lstat("/home/ana/.ssh")
	keys, _ := h.Lstat(file)
	if dir.Mode != 0o700 || dir.UID != 1000 || dir.GID != 1000 || keys.Mode != 0o600 || keys.UID != 1000 || keys.GID != 1000 {
		t.Errorf("%+v, %+v", dir, keys)
	}
}

func TestAKeyIsTheSameUnderAnotherComment(t *testing.T) {
	h := host(t)
	one := public("ssh-ed25519", "one.")
	if _, err := change(t, h, map[string]any{"key": one + " old"}); err != nil {
		t.Fatal(err)
	}
	if difference, err := change(t, h, map[string]any{"key": one + " new"}); err != nil || !difference.None() {
		t.Errorf("%+v, %v", difference, err)
	}
	if _, err := change(t, h, map[string]any{"key": one, "absent": true}); err != nil || h.Text(file) != "" {
		t.Errorf("%q, %v", h.Text(file), err)
	}
}

func TestOptionsThatAreNotDeclaredStay(t *testing.T) {
	h := host(t)
	one := public("ssh-ed25519", "one.")
	if _, err := change(t, h, map[string]any{"key": one + " c", "options": `command="a b"`}); err != nil {
		t.Fatal(err)
	}
	if difference, _ := change(t, h, map[string]any{"key": one}); !difference.None() {
		t.Errorf("%+v", difference)
	}
	difference, err := change(t, h, map[string]any{"key": one, "options": ""})
	if want := []gemba.Diff{{Attribute: "options", From: `command="a b"`}}; err != nil || !reflect.DeepEqual(difference.Diffs, want) || h.Text(file) != one+" c\n" {
		t.Errorf("%+v, %q", difference, h.Text(file))
	}
}

func TestOtherKeysGoOnlyWhereThatIsAskedForAndAreNamed(t *testing.T) {
	h := host(t)
	one, two, three := public("ssh-ed25519", "one."), public("ssh-rsa", "two."), public("ssh-rsa", "thre")
	if err := h.Mkdir("/home/ana/.ssh", resource.Meta{Mode: 0o700, UID: 1000, GID: 1000}); err != nil {
		t.Fatal(err)
	}
	h.Set(file, "# ours\nno-pty "+two+" bea@x\n"+three+" cy")
	if _, err := change(t, h, map[string]any{"key": one}); err != nil || !strings.Contains(h.Text(file), two) {
		t.Fatal(err)
	}
	difference, err := change(t, h, map[string]any{"key": one, "exclusive": true, "keep": []string{three}})
	if err != nil || h.Text(file) != "# ours\n"+three+" cy\n"+one+"\n" || len(difference.Diffs) != 1 || !strings.HasPrefix(difference.Diffs[0].From, "bea@x (ssh-rsa …") {
		t.Errorf("%+v, %q, %v", difference, h.Text(file), err)
	}
}

func TestKeysThatAreDeclaredStayBesideAnExclusiveOne(t *testing.T) {
	h := host(t)
	one, two, three := public("ssh-ed25519", "one."), public("ssh-rsa", "two."), public("ssh-rsa", "thre")
	if err := h.Mkdir("/home/ana/.ssh", resource.Meta{Mode: 0o700, UID: 1000, GID: 1000}); err != nil {
		t.Fatal(err)
	}
	h.Set(file, three+"\n")
	kind := authorizedkey.Kind()
	all := []resource.Resource{
		resourcetest.Declare(t, kind, "one", map[string]any{"user": "ana", "key": one, "exclusive": true}),
		resourcetest.Declare(t, kind, "two", map[string]any{"user": "ana", "key": two, "exclusive": true}),
		resourcetest.Declare(t, kind, "three", map[string]any{"user": "ana", "key": three, "absent": true}),
		resourcetest.Declare(t, kind, "bea's", map[string]any{"user": "bea", "key": three}),
	}
	kind.Among(all)
	for _, r := range all[:2] {
		state, err := r.Observe(t.Context(), h)
		if err == nil {
			err = r.Apply(t.Context(), h, state)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := h.Text(file); got != one+"\n"+two+"\n" {
		t.Errorf("%q", got)
	}
}

func TestALinkInAHomeIsNotFollowed(t *testing.T) {
	one := public("ssh-ed25519", "one.")
	for _, link := range []string{"/home/ana/.ssh", file} {
		h := host(t)
		h.Set("/root/authorized_keys", "root's\n")
		if link == file {
			if err := h.Mkdir("/home/ana/.ssh", resource.Meta{Mode: 0o700}); err != nil {
				t.Fatal(err)
			}
			if err := h.Symlink("/root/authorized_keys", link); err != nil {
				t.Fatal(err)
			}
		} else if err := h.Symlink("/root", link); err != nil {
			t.Fatal(err)
		}
		if _, err := change(t, h, map[string]any{"key": one}); err == nil || !strings.Contains(err.Error(), "may lead anywhere") || h.Text("/root/authorized_keys") != "root's\n" {
			t.Errorf("%s: %v", link, err)
		}
	}
}

func TestAUserWhoIsNotThereYetIsNoErrorBeforeApply(t *testing.T) {
	h := memory.New()
	difference, err := change(t, h, map[string]any{"key": public("ssh-ed25519", "one.")})
	if difference.Action != gemba.ActionCreate || err == nil || !strings.Contains(err.Error(), `there is no user "ana"`) {
		t.Errorf("%+v, %v", difference, err)
	}
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	one := public("ssh-ed25519", "one.")
	for says, declared := range map[string]map[string]any{
		"as a .pub file has it": {"user": "ana", "key": "AAAA"},
		"no text of a key":      {"user": "ana", "key": "ssh-rsa " + strings.Fields(one)[1]},
		"is no public key":      {"user": "ana", "key": "no-pty " + one},
		"one line":              {"user": "ana", "key": one + "\n" + one},
		"needs exclusive":       {"user": "ana", "key": one, "keep": []string{one}},
		"one word":              {"user": "ana", "key": one, "options": "no-pty " + one},
		"no options":            {"user": "ana", "key": one, "options": "", "absent": true},
	} {
		text, _ := json.Marshal(declared)
		if _, err := authorizedkey.Kind().New("it", text); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestTheKeyOfTheExampleIsOne(t *testing.T) {
	attribute, _ := authorizedkey.Kind().Schema.Attribute("key")
	resourcetest.Declare(t, authorizedkey.Kind(), "it", map[string]any{"user": "ana", "key": strings.Trim(attribute.Example, `"`)})
}
