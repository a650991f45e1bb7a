package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/driver/secret"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// environment is a lookup in a map.
func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := variables[name]
		return value, set
	}
}

func resolver(t testing.TB, variables map[string]string) *secret.Resolver {
	t.Helper()
	r, err := secret.New(key, environment(variables))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// put writes a file that only its owner may read, and returns its directory.
func put(t testing.TB, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// refused checks that an error has a code, names the secret and says these things.
func refused(t *testing.T, err error, code gemba.Code, says ...string) {
	t.Helper()
	var known *gemba.Error
	if !errors.As(err, &known) || known.Code != code {
		t.Fatalf("%v has the code %s", err, gemba.CodeOf(err))
	}
	if known.Try == "" {
		t.Errorf("%v says nothing to try", err)
	}
	whole := err.Error() + " " + known.Try
	for _, part := range append(says, `"database"`) {
		if !strings.Contains(whole, part) {
			t.Errorf("%q is missing in %q", part, whole)
		}
	}
}

func TestAFileLosesOneLineEndAndNothingElse(t *testing.T) {
	for content, want := range map[string]string{
		"s3cret":         "s3cret",
		"s3cret\n":       "s3cret",
		"s3cret\r\n":     "s3cret",
		"s3cret\n\n":     "s3cret\n",
		" s3cret \n":     " s3cret ",
		"one\ntwo\n":     "one\ntwo",
		"s3cret\r":       "s3cret\r",
		"\xff\xfe\x01\n": "\xff\xfe\x01",
	} {
		got, err := resolver(t, nil).Resolve(t.Context(), in(put(t, "db", content), gemba.SecretSource{Name: "database", File: "db"}))
		if err != nil || got.Value.Reveal() != want {
			t.Errorf("%q gives %q, %v", content, got.Value.Reveal(), err)
		}
	}
}

func TestAnAbsolutePathIsTakenAsItIs(t *testing.T) {
	path := filepath.Join(put(t, "db", "s3cret"), "db")
	got, err := resolver(t, nil).Resolve(t.Context(), gemba.SecretSource{Name: "database", File: path})
	if err != nil || got.Value.Reveal() != "s3cret" {
		t.Fatal(err)
	}
}

func TestAFileThatEverybodyCanReachIsRefused(t *testing.T) {
	dir := put(t, "db", "s3cret")
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: true, 0o644: false, 0o602: false, 0o666: false} {
		path := filepath.Join(dir, "db")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := resolver(t, nil).Resolve(t.Context(), in(dir, gemba.SecretSource{Name: "database", File: "db"}))
		if ok && err != nil {
			t.Errorf("%04o: %v", mode, err)
		}
		if !ok {
			refused(t, err, gemba.Forbidden, "chmod 600 "+path, fmt.Sprintf("%04o", mode))
		}
	}
}

func TestAVariableIsTakenAsItIs(t *testing.T) {
	got, err := resolver(t, map[string]string{"DB": "s3cret\n"}).Resolve(t.Context(), gemba.SecretSource{Name: "database", Env: "DB"})
	if err != nil || got.Value.Reveal() != "s3cret\n" {
		t.Fatal(err)
	}
}

func TestWhatIsMissingOrUnusableIsNamed(t *testing.T) {
	dir := put(t, "empty", "\n")
	for name, content := range map[string]string{"zero": "a\x00b", "large": strings.Repeat("x", 1<<20+1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		source gemba.SecretSource
		code   gemba.Code
		says   string
	}{
		"no file":     {gemba.SecretSource{File: "none"}, gemba.NotFound, "none does not exist"},
		"no variable": {gemba.SecretSource{Env: "NONE"}, gemba.NotFound, "NONE is not set"},
		"empty":       {gemba.SecretSource{File: "empty"}, gemba.Invalid, "it is empty"},
		"empty var":   {gemba.SecretSource{Env: "EMPTY"}, gemba.Invalid, "it is empty"},
		"zero byte":   {gemba.SecretSource{File: "zero"}, gemba.Invalid, "zero byte"},
		"large":       {gemba.SecretSource{File: "large"}, gemba.Invalid, "larger than"},
		"directory":   {gemba.SecretSource{File: "."}, gemba.Invalid, "is not a file"},
		"pipe":        {gemba.SecretSource{File: "pipe"}, gemba.Invalid, "is not a file"},
		"no source":   {gemba.SecretSource{}, gemba.Invalid, "without a source"},
	} {
		t.Run(name, func(t *testing.T) {
			c.source.Name = "database"
			_, err := resolver(t, map[string]string{"EMPTY": ""}).Resolve(t.Context(), in(dir, c.source))
			refused(t, err, c.code, c.says)
		})
	}
}

func TestTheVersionTellsValuesApartAndServersToo(t *testing.T) {
	other, err := secret.New([]byte("another key of a good length"), environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := resolver(t, nil)
	a, b := gemba.NewSecret("a"), gemba.NewSecret("b")
	first, second := r.Version(a), r.Version(a)
	if first != second || r.Version(a) == r.Version(b) || r.Version(a) == other.Version(a) {
		t.Fatal(r.Version(a), r.Version(b), other.Version(a))
	}
	// RFC 4231, test case 2.
	rfc, err := secret.New(append([]byte("Jefe"), make([]byte, 12)...), environment(nil)) // a key is padded with zeros anyway
	if err != nil {
		t.Fatal(err)
	}
	if v := rfc.Version(gemba.NewSecret("what do ya want for nothing?")); v != "5bdcc146bf60754e" {
		t.Fatal(v)
	}
	if _, err := secret.New([]byte("short"), environment(nil)); err == nil {
		t.Fatal("a short key was taken")
	}
}

func TestNoWayOfPrintingShowsAValueOrTheKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringMatching(`[A-Z0-9]{8,40}`).Draw(t, "value")
		broken := value + "\x00" // resolving it fails, with the value at hand
		r, err := secret.New(key, environment(map[string]string{"GOOD": value, "BAD": broken, "GEMBA_AGE_IDENTITY": "AGE-SECRET-KEY-1" + value}))
		if err != nil {
			t.Fatal(err)
		}
		good, err := r.Resolve(t.Context(), gemba.SecretSource{Name: "good", Env: "GOOD"})
		if err != nil {
			t.Fatal(err)
		}
		_, bad := r.Resolve(t.Context(), gemba.SecretSource{Name: "bad", Env: "BAD"})
		_, identity := r.Resolve(t.Context(), gemba.SecretSource{Name: "bad", Age: "/dev/null"})
		for _, thing := range []any{good, &good, bad, identity, r, *r, map[string]secret.Resolved{"a": good}} {
			for way, printed := range everyWay(thing) {
				if strings.Contains(printed, value) || strings.Contains(printed, string(key)) || strings.Contains(printed, fmt.Sprint(key)) {
					t.Fatalf("%T by %s: %s", thing, way, printed)
				}
			}
		}
	})
}

// everyWay prints a thing in the ways that programs print things.
func everyWay(thing any) map[string]string {
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("a", "thing", thing)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("a", "thing", thing)
	encoded, _ := json.Marshal(thing)
	return map[string]string{
		"%v": fmt.Sprintf("%v", thing), "%+v": fmt.Sprintf("%+v", thing), "%#v": fmt.Sprintf("%#v", thing),
		"%s": fmt.Sprintf("%s", thing), "%q": fmt.Sprintf("%q", thing), "%x": fmt.Sprintf("%x", thing),
		"json": string(encoded), "slog text": text.String(), "slog json": js.String(),
	}
}

// in is a source whose path is below dir.
func in(dir string, source gemba.SecretSource) gemba.SecretSource {
	for _, path := range []*string{&source.File, &source.Age} {
		if *path != "" {
			*path = filepath.Join(dir, *path)
		}
	}
	return source
}
