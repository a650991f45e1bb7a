package group_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource/group"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

func host() *memory.Host {
	h := memory.New()
	prepare(h)
	return h
}

func prepare(h *memory.Host) {
	resourcetest.AccountPrograms(h)
	h.Set("/etc/passwd", h.Text("/etc/passwd")+"ana:x:1000:1000::/home/ana:/bin/sh\nbea:x:1001:1000::/home/bea:/bin/sh\n")
	h.Set("/etc/group", h.Text("/etc/group")+"people:x:1000:\n")
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(h)
	if rapid.Bool().Draw(t, "is there") {
		h.Set("/etc/group", h.Text("/etc/group")+"ops:x:2000:"+rapid.SampledFrom([]string{"", "ana", "ana,bea", "gone,ana"}).Draw(t, "has")+"\n")
	}
	if rapid.IntRange(0, 4).Draw(t, "absent") == 0 {
		return "ops", map[string]any{"absent": true}
	}
	declared := map[string]any{}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			declared[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	maybe("gid", 2000, 3000)
	maybe("system", true)
	maybe("members", []string{}, []string{"ana"}, []string{"bea", "ana", "bea"})
	return "ops", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, group.Kind(), draw) }

func TestMembersAreExactlyThoseThatAreDeclared(t *testing.T) {
	h := host()
	for _, test := range []struct {
		declared map[string]any
		line     string
	}{
		{map[string]any{"members": []string{"bea", "ana"}}, "ops:x:1001:ana,bea\n"},
		{map[string]any{}, "ops:x:1001:ana,bea\n"},
		{map[string]any{"members": []string{"bea"}, "gid": 2000}, "ops:x:2000:bea\n"},
		{map[string]any{"members": []string{}}, "ops:x:2000:\n"},
		{map[string]any{"absent": true}, ""},
	} {
		if _, err := resourcetest.Change(t, group.Kind(), h, "ops", test.declared); err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(h.Text("/etc/group"), "people:x:1000:\n")
		if line != test.line {
			t.Errorf("%v: %q", test.declared, line)
		}
	}
}

func TestTheOrderOfMembersIsNoDifference(t *testing.T) {
	h := host()
	h.Set("/etc/group", h.Text("/etc/group")+"ops:x:2000:bea,ana\n")
	if difference, err := resourcetest.Change(t, group.Kind(), h, "ops", map[string]any{"members": []string{"ana", "bea"}}); err != nil || !difference.None() {
		t.Errorf("%+v, %v", difference, err)
	}
}

func TestWhatAProgramRefusesIsSaid(t *testing.T) {
	if _, err := resourcetest.Change(t, group.Kind(), host(), "people", map[string]any{"absent": true}); err == nil || !strings.Contains(err.Error(), "primary group of user 'ana'") {
		t.Error(err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for name, declared := range map[string]string{
		"a":   `{"absent": true, "gid": 1}`,
		"b":   `{"gid": -1}`,
		"-c":  `{}`,
		"12":  `{}`,
		"d:e": `{}`,
		"f":   `{"members": ["a,b"]}`,
	} {
		if _, err := group.Kind().New(name, []byte(declared)); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s %s: %v", name, declared, err)
		}
	}
}
