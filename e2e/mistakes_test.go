package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
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
		w := newWorld(t, nil)
		closed := filepath.Join(w.home, "closed")
		if err := os.Mkdir(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(filepath.Join(built.bin, "gemba"), "--state", filepath.Join(closed, "state"), "ship")
		command.Dir, command.Env = w.dir, w.env
		if os.Getuid() == 0 { // nothing is forbidden to root
			const nobody = 65534
			for _, dir := range []string{filepath.Dir(w.home), w.home, w.dir} {
				chmod(t, dir, 0o755)
			}
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			command.Args[0] = copied(t, filepath.Dir(w.home), "gemba")
			command.Path = command.Args[0]
		}
		out, err := command.CombinedOutput()
		if err == nil {
			t.Fatalf("it was done: %s", out)
		}
		w.says(said{out: string(out)}, "the state directory cannot be", "permission denied", "--state DIR")
	})
}

// copied puts an executable where everybody may start it.
func copied(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	copyFile(t, filepath.Join(built.bin, name), path)
	return path
}
