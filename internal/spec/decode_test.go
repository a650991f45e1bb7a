package spec

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gemba"
)

var update = flag.Bool("update", false, "write golden files and the reference page")

// golden compares got with a file, or writes it.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; look at the difference, then run the test with -update\ngot:\n%s", file, got)
	}
}

func one(text string) []File { return []File{{Name: "gemba.hcl", Bytes: []byte(text)}} }

// decode decodes what has to be without mistakes.
func decode(t *testing.T, text string) *gemba.Declaration {
	t.Helper()
	declaration, found := Decode(one(text), Options{Kinds: kinds})
	if len(found) > 0 {
		t.Fatalf("unexpected diagnostics:\n%s", found.Error())
	}
	return declaration
}

// Every testdata/*.hcl decodes to its .golden: the diagnostics as text, or the nouns as JSON.
func TestDecodeGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".hcl"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			declaration, found := Decode([]File{{Name: "gemba.hcl", Bytes: text}}, Options{Environ: environment(text), Kinds: kinds})
			for _, d := range found {
				wellFormed(t, d)
			}
			got := found.Error()
			if declaration != nil {
				data, err := json.MarshalIndent(declaration, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				got += string(data)
			}
			golden(t, strings.TrimSuffix(file, ".hcl")+".golden", []byte(got+"\n"))
		})
	}
}

// environment reads lines such as `# GEMBA_VAR_colour=red` of a test file.
func environment(text []byte) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, line := range strings.Split(string(text), "\n") {
			if value, found := strings.CutPrefix(line, "# "+name+"="); found {
				return value, true
			}
		}
		return "", false
	}
}

// wellFormed holds what every diagnostic promises.
func wellFormed(t *testing.T, d Diagnostic) {
	t.Helper()
	if d.File == "" || d.Line < 1 || d.Column < 1 || d.EndColumn <= d.Column {
		t.Errorf("no place: %+v", d)
	}
	if d.Summary == "" || d.Remedy == "" {
		t.Errorf("no summary or no remedy: %+v", d)
	}
	if strings.Contains(d.String(), markerStart) {
		t.Errorf("a marker is shown: %+v", d)
	}
}
