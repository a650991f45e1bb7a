package spec

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/*.hcl")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "blue")
	}
	f.Add([]byte("variable \"x\" { type = number }\nservice \"s\" { owner = var.x }"), "1e9999999")
	f.Fuzz(func(t *testing.T, text []byte, given string) {
		options := Options{Kinds: kinds, Environ: func(string) (string, bool) { return given, given != "" }}
		declaration, found := Decode([]File{{Name: "gemba.hcl", Bytes: text}}, options)
		if (declaration == nil) != found.HasErrors() {
			t.Errorf("declaration %v with %v", declaration, found)
		}
		for _, d := range found {
			wellFormed(t, d)
		}
		if declaration != nil {
			Gates(declaration)
			if _, err := json.Marshal(declaration); err != nil {
				t.Error(err)
			}
		}
	})
}
