package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"gemba"
)

// GoTest reads the events of `go test -json` (`go doc test2json`) line by line.
// It holds the output of tests that are under way and of those that failed, each bounded.
type GoTest struct {
	suite   string
	results []gemba.TestResult
	open    map[test]*running
	order   []test        // of open, as they began
	below   map[test]bool // whether a test of the package, or a subtest, failed
	builds  map[string]*output
	built   []string // import paths of builds, as they began
}

type test struct{ pkg, name string } // name "" is the package itself

type running struct {
	began  time.Time
	latest time.Time
	output output
}

type event struct {
	Time        time.Time
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Elapsed     float64 // seconds
	Output      string
	FailedBuild string
}

// NewGo makes a reader for the lines of one suite.
func NewGo(suite string) *GoTest {
	return &GoTest{suite: suite, open: map[test]*running{}, below: map[test]bool{}, builds: map[string]*output{}}
}

// Go reads a whole stream. Lines that are no events are passed over: programs
// that tests start may write between them.
func Go(r io.Reader, suite string) ([]gemba.TestResult, error) {
	g := NewGo(suite)
	err := eachLine(r, g.Line)
	return g.Results(), err
}

// longest is how many bytes of a line are read: an event of test2json has a few thousand.
const longest = 1 << 20

// eachLine calls f with each line, without its end; what is beyond longest is cut off.
func eachLine(r io.Reader, f func(string)) error {
	b := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, part[:min(len(part), longest-len(line))]...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if len(line) > 0 {
			f(string(bytes.TrimRight(line, "\r\n")))
		}
		line = line[:0]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// parse returns the event of a line, if it is one.
func parse(line string) (event, bool) {
	// Something may have written to the same line before.
	if at := strings.Index(line, `{"`); at > 0 {
		line = line[at:]
	}
	if !strings.HasPrefix(line, "{") {
		return event{}, false
	}
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		return event{}, false
	}
	if e.Package == "" && e.ImportPath == "" {
		return event{}, false
	}
	switch e.Action {
	case "start", "run", "pause", "cont", "output", "pass", "fail", "skip", "bench", "build-output", "build-fail", "attr", "artifacts":
		return e, true
	}
	return event{}, false
}

// Line takes one line of the stream.
func (g *GoTest) Line(text string) {
	e, ok := parse(text)
	if !ok {
		return
	}
	at := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		g.build(e.ImportPath).add(e.Output)
	case "build-fail":
		g.build(e.ImportPath)
	case "start", "run":
		g.at(at, e)
	case "output":
		if r := g.at(at, e); !noise(e.Output) {
			r.output.add(e.Output)
		}
	case "pass", "bench":
		g.end(at, e, gemba.Passed)
	case "skip":
		g.end(at, e, gemba.Skipped)
	case "fail":
		g.end(at, e, gemba.Failed)
	}
}

// noise reports whether a line of output says only what the events say.
func noise(output string) bool {
	trimmed := strings.TrimLeft(output, " ")
	for _, prefix := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "--- PASS: ", "--- SKIP: "} {
		if strings.HasPrefix(trimmed, prefix) {
			return true
		}
	}
	return false
}

func (g *GoTest) at(t test, e event) *running {
	r := g.open[t]
	if r == nil {
		r = &running{began: e.Time}
		g.open[t] = r
		g.order = append(g.order, t)
	}
	r.latest = e.Time
	return r
}

func (g *GoTest) build(path string) *output {
	o := g.builds[path]
	if o == nil {
		o = &output{}
		g.builds[path] = o
		g.built = append(g.built, path)
	}
	return o
}

// end records how a test ended, or a package, which is a result of its own
// only when it failed and none of its tests says why.
func (g *GoTest) end(t test, e event, outcome gemba.Outcome) {
	r := g.at(t, e)
	delete(g.open, t)
	if t.name == "" {
		if outcome == gemba.Failed {
			g.lost(t.pkg, r, e.FailedBuild)
		}
		g.compact()
		return
	}
	g.add(t, outcome, seconds(e.Elapsed), &r.output)
}

func (g *GoTest) add(t test, outcome gemba.Outcome, took gemba.Duration, text *output) {
	result := gemba.TestResult{Suite: g.suite, Package: t.pkg, Name: t.name, Outcome: outcome, Duration: took}
	if outcome == gemba.Failed {
		result.Output = text.String()
		g.below[test{t.pkg, ""}] = true
	}
	g.results = append(g.results, result)
}

// lost records what a package that failed leaves without an end: tests that
// were under way when it panicked, ran out of time or was killed; else the package itself.
func (g *GoTest) lost(pkg string, r *running, failedBuild string) {
	under := false
	for _, t := range g.order {
		open, still := g.open[t]
		if t.pkg != pkg || t.name == "" || !still {
			continue
		}
		under = true
		delete(g.open, t)
		if !r.output.empty() {
			open.output.add(r.output.String())
		}
		g.add(t, gemba.Failed, gemba.Duration(max(0, r.latest.Sub(open.began), open.latest.Sub(open.began))), &open.output)
	}
	if under || g.below[test{pkg, ""}] {
		return
	}
	name, text := "(package)", &r.output
	if built := g.builds[failedBuild]; failedBuild != "" && built != nil {
		name, text = "(build)", built
		delete(g.builds, failedBuild)
	}
	g.add(test{pkg, name}, gemba.Failed, 0, text)
}

// compact forgets the order of tests that are over.
func (g *GoTest) compact() {
	still := g.order[:0]
	for _, t := range g.order {
		if g.open[t] != nil {
			still = append(still, t)
		}
	}
	g.order = still
}

// Results returns what was read. Whatever has not ended by now has failed: the
// stream was cut off. It is called once, after the last line.
func (g *GoTest) Results() []gemba.TestResult {
	for _, t := range g.order {
		if r := g.open[t]; r != nil && t.name == "" {
			delete(g.open, t)
			g.lost(t.pkg, r, "")
		}
	}
	for _, t := range g.order {
		if r := g.open[t]; r != nil {
			g.add(t, gemba.Failed, gemba.Duration(max(0, r.latest.Sub(r.began))), &r.output)
		}
	}
	g.open, g.order = map[test]*running{}, nil
	for _, path := range g.built {
		if o := g.builds[path]; o != nil {
			g.add(test{path, "(build)"}, gemba.Failed, 0, o)
		}
	}
	g.built, g.builds = nil, map[string]*output{}
	return g.results
}

// Readable turns a line of the stream into what a person reads in a log; ok is
// false where there is nothing to show. A line that is no event is shown as it is.
func Readable(text string) (line string, ok bool) {
	e, isEvent := parse(text)
	if !isEvent {
		return text, true
	}
	if e.Action != "output" && e.Action != "build-output" {
		return "", false
	}
	if noise(e.Output) || e.Output == "PASS\n" {
		return "", false
	}
	return strings.TrimRight(e.Output, "\n"), true
}

// seconds reads a number of seconds that may be anything.
func seconds(s float64) gemba.Duration {
	const most = 1e9 // 31 years
	if !(s > 0) {
		return 0
	}
	return gemba.Duration(min(s, most) * float64(time.Second))
}
