package line_test

import (
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/view/line"
)

var update = flag.Bool("update", false, "write the golden files anew")

func noon() time.Time { return time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC) }

func commit(hash, subject string) gemba.Commit {
	return gemba.Commit{Hash: hash + strings.Repeat("0", 33), Subject: subject}
}

// run makes a run whose steps have the states given, in the order build, test, staging, verify, production, verify.
func run(id int64, c gemba.Commit, state gemba.State, states ...gemba.State) gemba.Run {
	r := gemba.Run{ID: id, Service: "guestbook", Commit: c, State: state, Created: noon().Add(-time.Minute)}
	for i, k := range []struct {
		kind        gemba.StepKind
		name, stage string
	}{
		{gemba.StepBuild, "build", ""}, {gemba.StepTest, "unit", ""},
		{gemba.StepDeploy, "deploy", "staging"}, {gemba.StepVerify, "smoke", "staging"},
		{gemba.StepDeploy, "deploy", "production"}, {gemba.StepVerify, "smoke", "production"},
	} {
		s := gemba.Step{Run: id, Index: i, Kind: k.kind, Name: k.name, Stage: k.stage, State: gemba.Pending}
		if i < len(states) {
			s.State = states[i]
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}

func placed(environment string, c gemba.Commit) gemba.Deployment {
	return gemba.Deployment{Environment: environment, Service: "guestbook", Commit: c, Since: noon().Add(-3 * time.Hour), Healthy: true}
}

// scenes are the situations that the drawing has to tell apart.
func scenes() map[string]line.Line {
	const good, now, bad, left = gemba.Succeeded, gemba.Running, gemba.Broken, gemba.Left
	old, fresh := commit("77b0fe1", "Colour of the frame"), commit("4f2a91c", "Warmer greeting")
	stages := []string{"staging", "production"}
	both := []gemba.Deployment{placed("staging", old), placed("production", old)}
	testFails := run(3, fresh, gemba.Broken, good, bad, left, left, left, left)
	testFails.Steps[1].Message = "2 of 148 failed."
	back := run(4, fresh, gemba.Broken, good, good, good, good, bad, left)
	back.Verdict, back.Steps[4].Message = gemba.PutBack, "GET /healthz answered 500 for 10 s"
	waits := run(5, commit("9c1e07a", "Faster start"), gemba.Waiting, good, good, gemba.Waiting)
	waits.WaitsFor = 4
	asks := run(6, fresh, gemba.Asking, good, good, gemba.Asking)
	asks.Steps[2].Message = "it is not known how migrate ended"
	long := placed("production", old)
	long.Environment, long.Healthy, long.Reason = "production-eu-central-1-customer-facing", false, "web exited 1"
	return map[string]line.Line{
		"nothing":   line.Of("guestbook", stages, nil, nil, noon()),
		"idle":      line.Of("guestbook", stages, []gemba.Run{run(2, old, good, good, good, good, good, good, good)}, both, noon()),
		"moving":    line.Of("guestbook", stages, []gemba.Run{run(3, fresh, now, good, now)}, both, noon()),
		"stopped":   line.Of("guestbook", stages, []gemba.Run{testFails}, both, noon()),
		"put-back":  line.Of("guestbook", stages, []gemba.Run{back}, []gemba.Deployment{placed("staging", fresh), placed("production", old)}, noon()),
		"waiting":   line.Of("guestbook", stages, []gemba.Run{run(8, commit("1d1d1d1", "More"), gemba.Waiting, good, good, gemba.Waiting), waits, run(4, fresh, now, good, good, now)}, both, noon()),
		"asking":    line.Of("guestbook", stages, []gemba.Run{asks}, both, noon()),
		"long-name": line.Of("guestbook", []string{"staging", "production-eu-central-1-customer-facing"}, []gemba.Run{run(2, old, good, good, good, good, good)}, []gemba.Deployment{long}, noon()),
	}
}

func TestTextLooksAsKept(t *testing.T) {
	for name, l := range scenes() {
		var b strings.Builder
		for _, width := range []int{40, 80, 120} {
			fmt.Fprintf(&b, "-- %d --\n%s-- %d ascii --\n%s", width, l.Text(width, false, false), width, l.Text(width, false, true))
		}
		fmt.Fprintf(&b, "-- 80 colour --\n%s-- words --\n%s\n", strings.ReplaceAll(l.Text(80, true, false), "\x1b", "^["), l.Sentence())
		golden(t, name+".txt", b.String())
	}
}

func TestSVGLooksAsKept(t *testing.T) {
	for name, l := range scenes() {
		link := func(t line.Train) string { return fmt.Sprintf("/runs/%d", t.Run) }
		golden(t, name+".svg", strings.ReplaceAll(l.SVG(link)+"\n"+l.SVGTall(nil), "><", ">\n<")+"\n")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; after a change that is meant, run the test with -update\n--- got\n%s--- want\n%s", path, got, want)
	}
}

func TestTextFitsEveryWidth(t *testing.T) {
	ansi := regexp.MustCompile("\x1b\\[[0-9]*m")
	rapid.Check(t, func(t *rapid.T) {
		l, width := anyLine(t), rapid.IntRange(40, 200).Draw(t, "width")
		ascii := rapid.Bool().Draw(t, "ascii")
		plain := l.Text(width, false, ascii)
		if colored := ansi.ReplaceAllString(l.Text(width, true, ascii), ""); colored != plain {
			t.Fatalf("colour changes the text:\n%s\n%s", colored, plain)
		}
		rows := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
		if len(rows) > 3 {
			t.Fatalf("%d rows:\n%s", len(rows), plain)
		}
		for _, row := range rows {
			if utf8.RuneCountInString(row) > width || strings.TrimRight(row, " ") != row {
				t.Fatalf("width %d, row %q", width, row)
			}
		}
		if ascii && strings.ContainsFunc(plain, func(r rune) bool { return r > 126 }) {
			t.Fatalf("not ASCII:\n%s", plain)
		}
	})
}

func TestSVGIsWellFormedWhateverItIsGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLine(t)
		for _, svg := range []string{l.SVG(nil), l.SVGTall(func(line.Train) string { return `/?a="b"&c=<d>` })} {
			d := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%v in\n%s", err, svg)
				}
			}
		}
	})
}

func anyLine(t *rapid.T) line.Line {
	states := rapid.SampledFrom([]gemba.State{gemba.Pending, gemba.Waiting, gemba.Running, gemba.Asking, gemba.Succeeded,
		gemba.Reused, gemba.Broken, gemba.Errored, gemba.Cancelled, gemba.Left})
	names := rapid.SampledFrom([]string{"staging", "production", "p", "production-eu-central-1-customer-facing", `<script>"&'`})
	stages := rapid.SliceOfNDistinct(names, 0, 4, rapid.ID).Draw(t, "stages")
	var runs []gemba.Run
	var deployments []gemba.Deployment
	for i := range rapid.IntRange(0, 5).Draw(t, "runs") {
		r := run(int64(100-i), commit(fmt.Sprintf("%07x", i), "<b>"), states.Draw(t, "state"), rapid.SliceOfN(states, 6, 6).Draw(t, "steps")...)
		r.Steps[2].Message = rapid.StringMatching(`[a-z<>&" ]{0,60}`).Draw(t, "message")
		runs = append(runs, r)
	}
	for _, s := range stages {
		if rapid.Bool().Draw(t, "placed") {
			d := placed(s, commit("77b0fe1", "x"))
			d.Healthy, d.Stopped = rapid.Bool().Draw(t, "healthy"), rapid.Bool().Draw(t, "down")
			deployments = append(deployments, d)
		}
	}
	return line.Of("guestbook", stages, runs, deployments, noon())
}

func TestALaterCommitThatPassesTheStationOpensTheLine(t *testing.T) {
	const good, bad, left = gemba.Succeeded, gemba.Broken, gemba.Left
	failed := run(3, commit("4f2a91c", "Warmer"), gemba.Broken, good, bad, left, left, left, left)
	stages := []string{"staging", "production"}
	if l := line.Of("guestbook", stages, []gemba.Run{run(4, commit("1d1d1d1", "Mend"), gemba.Running, gemba.Running), failed}, nil, noon()); l.Stop == nil {
		t.Error("the line is open although nothing passed the test since it failed")
	}
	if l := line.Of("guestbook", stages, []gemba.Run{run(4, commit("1d1d1d1", "Mend"), gemba.Running, good, good, gemba.Running), failed}, nil, noon()); l.Stop != nil {
		t.Errorf("the line is stopped by %v although a later commit passed", l.Stop)
	}
}

func TestACancelledRunDoesNotStopTheLine(t *testing.T) {
	r := run(3, commit("4f2a91c", "Warmer"), gemba.Cancelled, gemba.Succeeded, gemba.Cancelled)
	if l := line.Of("guestbook", []string{"staging"}, []gemba.Run{r}, nil, noon()); l.Stop != nil || len(l.Trains) != 0 {
		t.Errorf("trains %v, stop %v", l.Trains, l.Stop)
	}
}

func TestOtherServicesAreNotOnTheLine(t *testing.T) {
	r := run(3, commit("4f2a91c", "Warmer"), gemba.Running, gemba.Running)
	d := placed("staging", r.Commit)
	if l := line.Of("billing", []string{"staging"}, []gemba.Run{r}, []gemba.Deployment{d}, noon()); len(l.Trains) != 0 {
		t.Errorf("trains %v", l.Trains)
	}
}
