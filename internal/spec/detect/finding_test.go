package detect_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"gemba/internal/spec"
	"gemba/internal/spec/detect"
)

var update = flag.Bool("update", false, "write golden files")

// Every testdata/*.txtar is a repository; its .golden is what is said of it, and the declaration.
func TestRepository(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range archives {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			f, err := detect.Repository(repository(t, file), name)
			if err != nil {
				t.Fatal(err)
			}
			decodes(t, f)
			got := "language " + f.Language + "\nfound\n  " + strings.Join(f.Found, "\n  ") +
				"\nassumed\n  " + strings.Join(f.Assumed, "\n  ") + "\n\n" + string(f.HCL())
			compare(t, strings.TrimSuffix(file, ".txtar")+".golden", got)
		})
	}
}

func repository(t *testing.T, file string) fs.FS {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at the difference, then run the test with -update\ngot:\n%s", file, got)
	}
}

// decodes holds that the declaration ships: no diagnostics, and the default way to production.
func decodes(t *testing.T, f detect.Finding) {
	t.Helper()
	declaration, found := spec.Decode([]spec.File{{Name: "gemba.hcl", Bytes: f.HCL()}}, spec.Options{})
	if len(found) > 0 {
		t.Fatalf("%s\n%s", f.HCL(), found.Error())
	}
	p, declared := declaration.Pipeline(f.Name)
	if want := map[bool]int{true: 2}[f.Run != ""]; !declared || len(p.Stages) != want {
		t.Errorf("got the pipeline %+v of a service that runs %q", p, f.Run)
	}
}

// Whatever a directory is called and whatever somebody answers for commands, the declaration reads well.
func TestAnswersReadBackAsTheyAre(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, err := detect.Repository(fstest.MapFS{}, rapid.String().Draw(rt, "name"))
		if err != nil {
			rt.Fatal(err)
		}
		word := rapid.SampledFrom([]string{"make", "a b", "\"quoted\"", "${HOME}", "$${HOME}", "%%{x}", "\t", "\x01", "$X", "%{x}", "\\", "\n", "é", "'"})
		f.Build = "true " + strings.Join(rapid.SliceOfN(word, 0, 5).Draw(rt, "build"), " ")
		f.Output = []string{"**"}
		f.Run = "./run"
		declaration, found := spec.Decode([]spec.File{{Name: "gemba.hcl", Bytes: f.HCL()}}, spec.Options{})
		if len(found) > 0 {
			rt.Fatalf("%s\n%s", f.HCL(), found.Error())
		}
		if got := declaration.Services[0].Build.Run; got != f.Build {
			rt.Errorf("%q became %q", f.Build, got)
		}
	})
}

func TestUnreadableRepositoryIsAnError(t *testing.T) {
	_, err := detect.Repository(os.DirFS(filepath.Join(t.TempDir(), "missing")), "missing")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
