package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// secretsDeclared is the toy with a secret of each source, which its build, its test, its report and its process all give away.
const secretsDeclared = `
secret "token" {
  file = "secrets/token"
}
secret "key" {
  env = "TOY_KEY"
}
secret "deep" {
  age = "deep.age"
}
service "toy" {
  data {
    shared = true
  }
  build {
    env    = { TOKEN = secret.token, DEEP = secret.deep }
    run    = <<-EOT
      test $(printf %s "$TOKEN$DEEP" | wc -c) = 64
      echo "token $TOKEN"
      printf '%s' "$DEEP" | head -c 9; sleep 0.3; printf '%s' "$DEEP" | tail -c +10; echo
    EOT
    output = ["toy", "mode"]
  }
  test "leaks" {
    env    = { TOKEN = secret.token }
    report = "junit:report.xml"
    run    = "printf '<testsuite><testcase classname=\"toy\" name=\"says %s\"/></testsuite>' \"$TOKEN\" > report.xml"
  }
  process "web" {
    command      = "./toy"
    stop_timeout = "2s"
    env          = { TOKEN = secret.token, KEY = secret.key, DEEP = secret.deep }
    health {
      http   = "/healthz"
      within = "3s"
    }
  }
}
`

// randomValue is a value that nothing else can contain.
func randomValue(t *testing.T) string {
	t.Helper()
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(bytes)
}

// sealed writes a file that only the identity it keeps in the person's home opens.
func (w *world) sealed(name, value string) {
	w.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		w.Fatal(err)
	}
	var file bytes.Buffer
	out, err := age.Encrypt(&file, identity.Recipient())
	if err != nil {
		w.Fatal(err)
	}
	if _, err := out.Write([]byte(value)); err != nil {
		w.Fatal(err)
	}
	if err := out.Close(); err != nil {
		w.Fatal(err)
	}
	w.write(name, file.String())
	keys := filepath.Join(w.home, ".config", "gemba")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(keys, "age.txt"), []byte(identity.String()+"\n"), 0o600); err != nil {
		w.Fatal(err)
	}
}

func TestSecretsReachProgramsAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"gemba.hcl": secretsDeclared, "mode": "greeting=hello\ntell=TOKEN,KEY,DEEP\n", ".gitignore": "secrets/\n"})
	token, key, deep := randomValue(t), randomValue(t), randomValue(t)
	w.write("secrets/token", token+"\n")
	if err := os.Chmod(filepath.Join(w.dir, "secrets", "token"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "TOY_KEY="+key)
	w.sealed("deep.age", deep)
	w.commit("Secrets")

	var seen strings.Builder
	look := func(args ...string) {
		got := w.must(0, args...)
		seen.WriteString(got.out + got.err)
	}
	look("ship")
	first := w.deployed("production")
	if lengths := w.get("production", "/lengths?of=TOKEN,KEY,DEEP"); lengths != "32 32 32" {
		t.Fatalf("the process has values of the lengths %s", lengths)
	}
	for _, args := range [][]string{
		{"status", "--json"}, {"runs", "--json"}, {"tests", "1", "--json"}, {"releases", "production", "--json"}, {"ledger", "--json"},
		{"logs", "toy"}, {"logs", "toy", "--json"}, {"logs", "toy", "--run", "1"},
	} {
		look(args...)
	}
	if logs := w.must(0, "logs", "toy").out; strings.Count(logs, "[redacted]") < 3 {
		t.Errorf("the process' own lines are not shown with marks:\n%s", logs)
	}
	built := w.must(0, "logs", "toy", "--run", "1").out
	w.says(said{out: built}, "token [redacted]")

	rotated := randomValue(t)
	if err := os.WriteFile(filepath.Join(w.dir, "secrets", "token"), []byte(rotated), 0o600); err != nil {
		t.Fatal(err)
	}
	look("ship")
	if again := w.deployed("production"); again.Release == first.Release {
		t.Error("another value of a secret made no other release")
	}

	for name, value := range map[string]string{"file": token, "environment": key, "age": deep, "rotated": rotated} {
		if strings.Contains(seen.String(), value) {
			t.Errorf("a command prints the secret from the %s", name)
		}
		for _, path := range w.holding(value) {
			if path != filepath.Join(w.dir, "secrets", "token") {
				t.Errorf("the secret from the %s lies in %s", name, path)
			}
		}
	}
}

// holding lists the files of the world that contain a text.
func (w *world) holding(text string) []string {
	w.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Dir(w.dir), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // a file that is gone holds nothing
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(text)) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}
