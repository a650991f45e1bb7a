package heads_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gemba"
	"gemba/internal/driver/heads"
	"gemba/internal/ledger"
)

var (
	_ ledger.Heads   = (*heads.File)(nil)
	_ ledger.KeyFile = heads.KeyFile{}
)

func TestHeadsAreKeptInOrderForTheOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gemba", "heads")
	file := heads.New(dir, "aa", "/srv/.gemba")
	all, keys := read(t, file)
	if all != nil || keys != nil {
		t.Fatalf("before anything was kept: %q %q", all, keys)
	}
	must(t, file.KeepKey(t.Context(), "key one"))
	must(t, file.Append(t.Context(), []byte("head\n1\n")))
	must(t, heads.New(dir, "aa", "/srv/.gemba").Append(t.Context(), []byte("head 2")))
	must(t, file.Append(t.Context(), []byte("head 3 — signed")))

	all, keys = read(t, file)
	if !reflect.DeepEqual(all, []string{"head\n1\n", "head 2", "head 3 — signed"}) || !reflect.DeepEqual(keys, []string{"key one"}) {
		t.Fatalf("got %q %q", all, keys)
	}
	mode(t, file.Where(), 0o600)
	mode(t, dir, 0o700)
}

func TestATornLineIsNotAHeadAndIsWrittenOver(t *testing.T) {
	file := heads.New(t.TempDir(), "aa", "/srv/.gemba")
	must(t, file.Append(t.Context(), []byte("one")))
	tear(t, file.Where(), `{"head":"tw`)
	if all, _ := read(t, file); !reflect.DeepEqual(all, []string{"one"}) {
		t.Fatalf("got %q", all)
	}
	must(t, file.Append(t.Context(), []byte("two")))
	if all, _ := read(t, file); !reflect.DeepEqual(all, []string{"one", "two"}) {
		t.Fatalf("got %q", all)
	}
}

func TestAChangedLineIsNamed(t *testing.T) {
	file := heads.New(t.TempDir(), "aa", "/srv/.gemba")
	must(t, file.Append(t.Context(), []byte("one")))
	content, err := os.ReadFile(file.Where())
	must(t, err)
	must(t, os.WriteFile(file.Where(), bytes.Replace(content, []byte(`{"head`), []byte(`["head`), 1), 0o600))
	_, err = file.All(t.Context())
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatalf("got %v", err)
	}
}

func TestOtherLedgersOfTheSamePlaceAreFound(t *testing.T) {
	dir := t.TempDir()
	old := heads.New(dir, "old", "/srv/a/.gemba")
	elsewhere := heads.New(dir, "elsewhere", "/srv/b/.gemba")
	must(t, old.Append(t.Context(), []byte("x")))
	must(t, elsewhere.Append(t.Context(), []byte("x")))
	fresh := heads.New(dir, "new", "/srv/a/.gemba")
	others(t, fresh, []string{"old"})

	// The old one's state directory was moved: its place is free.
	must(t, heads.New(dir, "old", "/srv/c/.gemba").Append(t.Context(), []byte("y")))
	others(t, fresh, nil)
}

func TestHeadsLieUnderTheStateHome(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"declared": {map[string]string{"XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/gemba/heads"},
		"default":  {map[string]string{"HOME": "/h"}, "/h/.local/state/gemba/heads"},
		"relative": {map[string]string{"XDG_STATE_HOME": "s", "HOME": "/h"}, "/h/.local/state/gemba/heads"},
	} {
		got, err := heads.Dir(func(key string) string { return c.env[key] })
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	if _, err := heads.Dir(func(string) string { return "" }); gemba.CodeOf(err) != gemba.Invalid {
		t.Errorf("without a home: %v", err)
	}
}

func TestTheKeyIsKeptForTheOwnerAloneAndNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.key")
	file := heads.NewKeyFile(path)
	key, err := file.Load(t.Context())
	must(t, err)
	if key != "" {
		t.Fatalf("a key before there is one: %q", key)
	}
	must(t, file.Save(t.Context(), "secret"))
	if err := file.Save(t.Context(), "another"); err == nil {
		t.Fatal("the key was replaced")
	}
	key, err = file.Load(t.Context())
	must(t, err)
	if key != "secret" {
		t.Fatalf("got %q", key)
	}
	mode(t, path, 0o600)
	must(t, os.Chmod(path, 0o644))
	if _, err := file.Load(t.Context()); gemba.CodeOf(err) != gemba.Forbidden {
		t.Fatalf("a key that others may read: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file *heads.File) (all, keys []string) {
	t.Helper()
	kept, err := file.All(t.Context())
	must(t, err)
	for _, head := range kept {
		all = append(all, string(head))
	}
	keys, err = file.Keys(t.Context())
	must(t, err)
	return all, keys
}

func others(t *testing.T, file *heads.File, want []string) {
	t.Helper()
	got, err := file.Others(t.Context())
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("others: got %q, want %q", got, want)
	}
}

func mode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if got := info.Mode().Perm(); got != want {
		t.Fatalf("%s is %v, want %v", path, got, want)
	}
}

func tear(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	defer file.Close()
	_, err = file.WriteString(text)
	must(t, err)
}
