package report_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gemba"
	"gemba/internal/build/report"
)

var record = flag.Bool("record", false, "run the real go test again and keep its stream")

// recorded is the stream of the real `go test -json` over a module in which
// everything goes wrong that can. Linking its six programs takes too long for
// every run of the tests: `go test ./internal/build/report -record` does it again.
func recorded(t *testing.T) string {
	t.Helper()
	path := filepath.Join("testdata", "go-test.json")
	if *record {
		stream := realGo(t)
		if err := os.WriteFile(path, stream, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func realGo(t *testing.T) []byte {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example\n\ngo 1.24\n",
		"good/good_test.go": `package good
import "testing"
func TestPass(t *testing.T) { t.Log("quiet") }
func TestSkip(t *testing.T) { t.Skip("not here") }
func TestSub(t *testing.T) { t.Run("a", func(t *testing.T) {}); t.Run("b c", func(t *testing.T) { t.Error("b is wrong") }) }
`,
		"panics/panics_test.go": `package panics
import "testing"
func TestBefore(t *testing.T) {}
func TestPanic(t *testing.T) { var p *int; *p = 1 }
func TestAfter(t *testing.T) {}
`,
		"exits/exits_test.go": `package exits
import ("os"; "testing")
func TestExit(t *testing.T) { println("leaving"); os.Exit(3) }
`,
		"hangs/hangs_test.go": `package hangs
import ("testing"; "time")
func TestHang(t *testing.T) { time.Sleep(time.Hour) }
`,
		"broken/broken_test.go": "package broken\nfunc f() { undefined() }\n",
		"setup/setup_test.go":   "package setup\nimport (\"os\"; \"testing\")\nfunc TestMain(m *testing.M) { println(\"no database\"); os.Exit(1) }\n",
		"untested/untested.go":  "package untested\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-json", "-vet=off", "-trimpath", "-timeout=2s", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	stream, err := cmd.Output()
	if err == nil {
		t.Fatal("go test passed")
	}
	return stream
}

func TestStreamOfTheRealGo(t *testing.T) {
	stream := recorded(t)
	results, err := report.Go(strings.NewReader(stream), "unit")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]gemba.TestResult{}
	for _, r := range results {
		name := r.Package + " " + r.Name
		if _, twice := got[name]; twice || r.Suite != "unit" {
			t.Errorf("%+v is there twice, or in another suite", r)
		}
		got[name] = r
	}
	want := map[string]struct {
		outcome gemba.Outcome
		output  string
	}{
		"example/good TestPass":     {gemba.Passed, ""},
		"example/good TestSkip":     {gemba.Skipped, ""},
		"example/good TestSub":      {gemba.Failed, ""},
		"example/good TestSub/a":    {gemba.Passed, ""},
		"example/good TestSub/b_c":  {gemba.Failed, "b is wrong"},
		"example/panics TestBefore": {gemba.Passed, ""},
		"example/panics TestPanic":  {gemba.Failed, "nil pointer dereference"},
		"example/exits TestExit":    {gemba.Failed, "leaving"},
		"example/hangs TestHang":    {gemba.Failed, "test timed out after 2s"},
		"example/broken (build)":    {gemba.Failed, "undefined: undefined"},
		"example/setup (package)":   {gemba.Failed, "no database"},
	}
	for name, w := range want {
		r, ok := got[name]
		if !ok || r.Outcome != w.outcome || !strings.Contains(r.Output, w.output) || w.outcome != gemba.Failed && r.Output != "" {
			t.Errorf("%s: got %+v, want %s with %q", name, r, w.outcome, w.output)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("nobody asked for %+v", got)
	}
	if hang := results[slices.IndexFunc(results, func(r gemba.TestResult) bool { return r.Name == "TestHang" })]; hang.Duration < gemba.Duration(time.Second) {
		t.Errorf("the test that hung took %s", hang.Duration)
	}

	var log []string
	for line := range strings.Lines(stream) {
		if text, ok := report.Readable(strings.TrimSuffix(line, "\n")); ok {
			log = append(log, text)
		}
	}
	text := strings.Join(log, "\n")
	for _, want := range []string{"b is wrong", "--- FAIL: TestSub/b_c", "undefined: undefined", "no database", "leaving"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the log:\n%s", want, text)
		}
	}
	for _, not := range []string{`"Action"`, "=== RUN", "--- PASS"} {
		if strings.Contains(text, not) {
			t.Errorf("%q is in the log:\n%s", not, text)
		}
	}
}

func TestLinesThatAreNoEvents(t *testing.T) {
	const stream = `go: downloading example.com/x v1.0.0
{"level":"info","msg":"a program's own JSON"}
{"Action":"run","Package":"p","Test":"T"}
half a line {"Action":"output","Package":"p","Test":"T","Output":"wrong\n"}
{"Action":"output","Package":"p",
[1,2,3]
null
{"Action":"fail","Package":"p","Test":"T","Elapsed":1.5}
{"Action":"fail","Package":"p","Elapsed":2}
`
	results, err := report.Go(strings.NewReader(stream), "unit")
	want := []gemba.TestResult{{Suite: "unit", Package: "p", Name: "T", Outcome: gemba.Failed, Duration: gemba.Duration(1500 * time.Millisecond), Output: "wrong\n"}}
	if err != nil || !slices.Equal(results, want) {
		t.Errorf("got %+v, %v, want %+v", results, err, want)
	}
	for line, shown := range map[string]string{"go: downloading x": "go: downloading x", `{"level":"info"}`: `{"level":"info"}`, "": ""} {
		if got, ok := report.Readable(line); !ok || got != shown {
			t.Errorf("%q: got %q, %v", line, got, ok)
		}
	}
}

func TestStreamThatIsCutOffHasFailed(t *testing.T) {
	g := report.NewGo("unit")
	for _, line := range []string{
		`{"Time":"2026-01-01T00:00:00Z","Action":"start","Package":"p"}`,
		`{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"p","Test":"Done"}`,
		`{"Time":"2026-01-01T00:00:01Z","Action":"pass","Package":"p","Test":"Done","Elapsed":1}`,
		`{"Time":"2026-01-01T00:00:01Z","Action":"run","Package":"p","Test":"Killed"}`,
		`{"Time":"2026-01-01T00:00:04Z","Action":"output","Package":"p","Test":"Killed","Output":"waiting\n"}`,
		`{"Time":"2026-01-01T00:00:04Z","Action":"start","Package":"q"}`,
		`{"ImportPath":"r","Action":"build-output","Output":"r.go:1:1: expected 'package'\n"}`,
	} {
		g.Line(line)
	}
	got := map[string]string{}
	for _, r := range g.Results() {
		got[r.Package+" "+r.Name] = string(r.Outcome) + " " + r.Duration.String() + " " + r.Output
	}
	want := map[string]string{
		"p Done": "passed 1s ", "p Killed": "failed 3s waiting\n", "q (package)": "failed 0s ",
		"r (build)": "failed 0s r.go:1:1: expected 'package'\n",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOutputOfAFailedTestIsBounded(t *testing.T) {
	g := report.NewGo("unit")
	g.Line(`{"Action":"run","Package":"p","Test":"T"}`)
	g.Line(`{"Action":"output","Package":"p","Test":"T","Output":"the first line\n"}`)
	for i := range 5000 {
		g.Line(fmt.Sprintf(`{"Action":"output","Package":"p","Test":"T","Output":"line %d %s é\n"}`, i, strings.Repeat("x", 100)))
	}
	g.Line(`{"Action":"output","Package":"p","Test":"T","Output":"the last line\n"}`)
	g.Line(`{"Action":"fail","Package":"p","Test":"T"}`)
	out := g.Results()[0].Output
	if len(out) > 65<<10 || len(out) < 60<<10 || !utf8.ValidString(out) ||
		!strings.HasPrefix(out, "the first line\n") || !strings.HasSuffix(out, "the last line\n") || !strings.Contains(out, "bytes left out]") {
		t.Errorf("got %d bytes: %.100s … %s", len(out), out, out[max(0, len(out)-100):])
	}
}

func FuzzGo(f *testing.F) {
	f.Add(`{"Action":"run","Package":"p","Test":"T"}` + "\n" + `{"Action":"fail","Package":"p","FailedBuild":"x","Elapsed":-1e300}`)
	f.Add(`{"ImportPath":"x","Action":"build-fail"}` + "\nplain\n{\"")
	f.Fuzz(func(t *testing.T, stream string) {
		results, err := report.Go(strings.NewReader(stream), "s")
		if err != nil {
			t.Fatal(err)
		}
		lawful(t, results)
		for line := range strings.Lines(stream) {
			report.Readable(line)
		}
	})
}

func lawful(t *testing.T, results []gemba.TestResult) {
	t.Helper()
	for _, r := range results {
		if r.Outcome != gemba.Passed && r.Outcome != gemba.Failed && r.Outcome != gemba.Skipped || r.Duration < 0 || len(r.Output) > 256<<10 ||
			r.Outcome != gemba.Failed && r.Output != "" || !utf8.ValidString(r.Output) {
			t.Errorf("%+v", r)
		}
	}
}
