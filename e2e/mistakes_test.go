package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// bare is a person in an empty directory.
func bare(t *testing.T) *world {
	w := newWorld(t, nil)
	if err := os.RemoveAll(w.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestMistakesAreSaidClearlyAndLoseNothing(t *testing.T) {
	t.Run("no declaration", func(t *testing.T) {
		w := bare(t)
		for _, args := range [][]string{{"check"}, {"ship"}, {"status"}, {"logs", "toy"}, {"rollback", "production"}, {"down"}} {
			w.says(w.must(1, args...), "there is no declaration here", "gemba init")
		}
	})
	t.Run("no git repository", func(t *testing.T) {
		w := bare(t)
		w.write("gemba.hcl", declaration)
		w.says(w.must(1, "ship"), "is not in a git repository", "git init")
	})
	t.Run("an empty repository", func(t *testing.T) {
		w := bare(t)
		w.git("init", "-q")
		w.write("gemba.hcl", declaration)
		w.says(w.must(1, "ship"), "has no commit yet", "git commit")
	})
	t.Run("names that do not exist", func(t *testing.T) {
		w := newWorld(t, nil)
		w.says(w.must(1, "ship", "--commit", "mian"), "there is no commit mian", "did you mean main?")
		w.says(w.must(1, "ship", "tyo"), `there is no service "tyo"`, "toy")
		w.says(w.must(1, "rollback", "prodution"), `nothing is deployed in "prodution"`, "gemba ship")
		w.says(w.must(2, "shp"), `there is no command "shp"`, "gemba ship")
		w.says(w.must(1, "logs", "toy", "--run", "7"), "run 7")
		if n := len(w.runs()); n != 0 {
			t.Errorf("%d runs were begun", n)
		}
	})
	t.Run("a declaration with mistakes", func(t *testing.T) {
		w := newWorld(t, nil)
		w.write("gemba.hcl", "service \"toy\" {\n  bild {}\n  process \"web\" {\n    comand = \"./toy\"\n  }\n}\nenvironment \"staging\" {\n  copy_of = \"prodction\"\n}\n")
		w.says(w.must(2, "check"), "gemba.hcl:2:", "Did you mean `build`?", "gemba.hcl:4:", "Did you mean `command`?", "gemba.hcl:8:", "prodction")
		w.commit("Mistakes")
		w.says(w.must(2, "ship"), "gemba.hcl:2:", "gemba.hcl:4:")
	})
	t.Run("a machine that lacks something", func(t *testing.T) {
		w := newWorld(t, nil)
		w.says(w.must(0, "doctor"), "all four in", "git version", "none runs")
		w.must(0, "ship")
		w.says(w.must(0, "doctor"), "answers at")
		old := built.bin
		defer func() { built.bin = old }()
		built.bin = t.TempDir()
		for _, program := range []string{"gemba", "gemba-server", "gemba-worker"} {
			copyFile(t, filepath.Join(old, program), filepath.Join(built.bin, program))
		}
		w.says(w.must(1, "doctor"), "gemba-edge", "into one directory")
	})
	t.Run("a state directory without permission", func(t *testing.T) {
		if os.Getuid() == 0 {
			t.Skip("nothing is forbidden to root")
		}
		w := newWorld(t, nil)
		if err := os.Mkdir(filepath.Join(w.dir, ".gemba"), 0o500); err != nil {
			t.Fatal(err)
		}
		w.says(w.must(1, "ship"), "permission")
	})
}
