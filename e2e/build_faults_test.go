package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gemba"
)

// building is the toy's declaration with another build.
func building(body string) string {
	return strings.Replace(declaration, `output = ["toy", "mode"]`, body, 1)
}

func TestABuildThatFailsSaysWhyAndIsNeverDeployed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(0, "ship")
	for name, c := range map[string]struct {
		build string
		code  int
		says  []string
	}{
		"its command does not exist": {
			`run = "nonesuch --all"` + "\n    output = [\"toy\"]", 3,
			[]string{"nonesuch", "not found"},
		},
		"it fails": {
			`run = "echo what went wrong >&2; exit 7"` + "\n    output = [\"toy\"]", 3,
			[]string{"what went wrong", "exited with 7"},
		},
		"it kills all that it can": {
			`run = "sh -c 'kill -9 -1'; sleep 5"` + "\n    output = [\"toy\"]", 3,
			[]string{"ended by SIGKILL"},
		},
		"it hangs": {
			"budget = \"1s\"\n    run = \"echo begun; sleep 1000\"\n    output = [\"toy\"]", 3,
			[]string{"over the budget of 1 s: build took 1", "begun"},
		},
		"its output is missing": {
			`run = "true"` + "\n    output = [\"toy\", \"dist\"]", 3,
			[]string{`"dist"`, "output"},
		},
		"its output leads out of the tree": {
			`run = "ln -s /etc/passwd dist"` + "\n    output = [\"toy\", \"dist\"]", 3,
			[]string{"dist", "/etc/passwd"},
		},
		"its output is a pipe": {
			`run = "mkdir dist; mkfifo dist/pipe"` + "\n    output = [\"toy\", \"dist\"]", 3,
			[]string{"dist/pipe"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.of(t)
			w.write("gemba.hcl", building(c.build))
			w.commit(name)
			s := w.must(c.code, "ship")
			w.says(s, c.says...)
			run := w.runs()[0]
			if run.State != gemba.Broken || run.Artifact != nil {
				t.Errorf("the run is %s with the artifact %v", run.State, run.Artifact)
			}
			for _, step := range run.Steps {
				if step.Kind == gemba.StepDeploy && step.State != gemba.Left {
					t.Errorf("%s %s is %s", step.Stage, step.Name, step.State)
				}
			}
			if got := w.get("production", "/"); got != "hello" {
				t.Errorf("production says %q", got)
			}
		})
	}
	if left := w.processes("sleep"); len(left) != 0 {
		t.Errorf("processes of builds still run: %v", left)
	}
}

func TestWhateverABuildPrintsIsKeptUpToASize(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"gemba.hcl": building(
		`run = "printf 'bytes \\377\\376 and no end of line'; yes this is much | head -c 100000000; printf last"` + "\n    output = [\"toy\", \"mode\"]")})
	shipped := w.must(0, "ship")
	if size := len(shipped.out) + len(shipped.err); size > 64<<20 {
		t.Errorf("the command printed %d bytes", size)
	}
	log := w.must(0, "logs", "toy", "--run", "1", "-n", "-1")
	w.says(said{out: log.out[:200]}, "bytes \uFFFD and no end of line")
	w.says(said{out: tail(log.out, 4000)}, "log stopped at", "more bytes of output were not kept")
	var kept int64
	_ = filepath.Walk(filepath.Join(w.dir, ".gemba"), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() && strings.Contains(path, "log") {
			kept += info.Size()
		}
		return nil
	})
	if kept > 40<<20 {
		t.Errorf("%d bytes of logs are kept", kept)
	}
}

// lookAround prints FOUND for each thing that a build must not find, and leaves a child behind.
const lookAround = `for path in HOME_OF/.ssh/id_ed25519 HOME_OF/.netrc REPO_OF/.gemba REPO_OF/.git RUN_OF/gemba ~/.ssh; do
  if ls -d $path >/dev/null 2>&1; then echo "FOUND $path"; fi
done
for process in /proc/[0-9]*; do
  if tr '\0' '\n' <$process/environ 2>/dev/null | grep -q CLOUD_TOKEN; then echo "FOUND the environment of $process"; fi
  if tr '\0' ' ' <$process/cmdline 2>/dev/null | grep -q gemba-server; then echo "FOUND the server"; fi
done
if [ -e /run/docker.sock ] || [ -e /var/run/docker.sock ]; then echo "FOUND the socket of Docker"; fi
for name in $(cut -d: -f1 /proc/net/dev | tail -n +3); do
  if [ $name != lo ]; then echo "FOUND the network $name"; fi
done
(setsid sleep 4242 >/dev/null 2>&1 </dev/null &)
`

// TestABuildReachesNothingOfGembaOrOfWhoStartedIt looks, from inside a build, for all that it must not find.
func TestABuildReachesNothingOfGembaOrOfWhoStartedIt(t *testing.T) {
	t.Parallel()
	secret := randomValue(t)
	w := newWorld(t, nil)
	for path, mode := range map[string]os.FileMode{".ssh/id_ed25519": 0o644, ".netrc": 0o644} {
		path = filepath.Join(w.home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(secret), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(w.home, 0o755); err != nil { // a careless home: only the namespaces protect it
		t.Fatal(err)
	}
	w.env = append(w.env, "CLOUD_TOKEN="+secret)
	w.write("look.sh", strings.NewReplacer("HOME_OF", w.home, "REPO_OF", w.dir, "RUN_OF", filepath.Join(filepath.Dir(w.home), "run")).Replace(lookAround))
	w.write("gemba.hcl", building("run = \"sh look.sh\"\n    output = [\"toy\", \"mode\"]"))
	w.commit("Look around")
	s := w.gemba("ship")
	log := w.must(0, "logs", "toy", "--run", "1", "-n", "-1")
	if strings.Contains(log.out, "FOUND") {
		t.Errorf("the build found what it must not:\n%s", log.out)
	}
	if s.code != 0 {
		t.Fatal(s, log)
	}
	if left := w.processes("4242"); len(left) != 0 {
		t.Errorf("a child outlived its build: %v", left)
	}
	if artifact := w.runs()[0].Artifact; artifact == nil || !artifact.Isolated {
		t.Errorf("the artifact is not isolated: %+v", artifact)
	}
}

func TestWhatATestReportsHasToAgreeWithHowItEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, c := range []struct {
		name, test string
		code       int
		says       []string
	}{
		{"no report declared", `run = "true"`, 0, []string{"test ✓"}},
		{"no report written", "run = \"true\"\n    report = \"junit:report.xml\"", 3, []string{"wrote no report", "report.xml"}},
		{"malformed", "run = \"echo '<testsuites><testsuite>' >report.xml\"\n    report = \"junit:report.xml\"", 3, []string{"report.xml", "line 2"}},
		{"fails and says so", "run = \"echo '<testsuites><testcase name=\\\"greets\\\"><failure>not warm</failure></testcase><testcase name=\\\"b\\\"/></testsuites>' >report.xml; exit 1\"\n    report = \"junit:report.xml\"", 3,
			[]string{"1 failed, 1 passed", "greets: not warm"}},
		{"says that it failed, and exits with 0", "run = \"echo '<testsuites><testcase name=\\\"greets\\\"><failure>not warm</failure></testcase></testsuites>' >report.xml\"\n    report = \"junit:report.xml\"", 3,
			[]string{"1 failed", "greets: not warm"}},
		{"passes", "run = \"echo '<testsuites><testcase name=\\\"greets\\\"/></testsuites>' >report.xml\"\n    report = \"junit:report.xml\"", 0, []string{"1 passed"}},
		{"names one that is not there", `run = "nonesuch"`, 3, []string{"nonesuch", "not found"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := w.of(t)
			w.write("gemba.hcl", strings.Replace(declaration, "  process", "  test \"unit\" {\n    "+c.test+"\n  }\n  process", 1))
			w.commit(c.name)
			s := w.must(c.code, "ship")
			w.says(s, c.says...)
			if strings.Contains(s.out, "no tests") {
				t.Error(s)
			}
			tests := w.must(0, "tests", strconv.FormatInt(w.runs()[0].ID, 10))
			if strings.Contains(c.test, "greets") {
				w.says(tests, "greets")
			} else {
				w.says(tests, "No single test is known of")
			}
		})
	}
}
