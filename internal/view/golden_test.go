package view

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba"
)

var update = flag.Bool("update", false, "write the golden files and reference pages anew")

// golden compares with a file under testdata, colours made readable.
func golden(t *testing.T, name, got string) {
	t.Helper()
	same(t, filepath.Join("testdata", name+".golden"), strings.ReplaceAll(got, "\x1b[", "␛["))
}

func same(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is stale (go test ./internal/view -update writes it anew):\n--- want\n%s\n--- got\n%s", path, want, got)
	}
}

// windows are the terminals that everything is shown on.
func windows() map[string]Terminal {
	window := func(w int) Terminal {
		return Terminal{TTY: true, UTF8: true, Size: func() (int, int) { return w, 24 }}
	}
	color, ascii := window(80), window(80)
	color.Color, ascii.UTF8 = true, false
	return map[string]Terminal{
		"40": window(40), "80": window(80), "120": window(120), "80-color": color, "80-ascii": ascii, "piped": {UTF8: true},
	}
}

// shows renders on each window and compares, and holds that no line is too wide.
func shows(t *testing.T, name string, render func(t *testing.T, on Terminal) string) {
	t.Helper()
	for window, on := range windows() {
		t.Run(name+"/"+window, func(t *testing.T) {
			got := render(t, on)
			golden(t, filepath.Join(name, window), got)
			for line := range strings.Lines(got) {
				if w := on.width(); w > 0 && width(strings.TrimSuffix(line, "\n")) > w && !strings.HasPrefix(line, "  see   gemba ") && !strings.HasPrefix(line, "  next  gemba ") {
					t.Errorf("%d columns in a window of %d: %q", width(line), w, line)
				}
				if !on.Color && strings.Contains(line, "\x1b") {
					t.Errorf("colour where none is wanted: %q", line)
				}
				if !on.UTF8 && strings.ContainsFunc(line, func(r rune) bool { return r > 0x7f }) {
					t.Errorf("not ASCII: %q", line)
				}
			}
		})
	}
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// play feeds a story to a live view and draws after each beat, as the painter would.
func play(v *liveRun, c *clock, s *story, each func()) {
	for _, b := range s.beats {
		c.at = b.at
		v.Frame(b.frame)
		v.draw()
		if each != nil {
			each()
		}
	}
	v.finish(s.final())
}

// still is a live view that paints only when it is told to.
func stillRun(out *vt, t Terminal, c *clock) *liveRun {
	v := &liveRun{t: t, now: c.now, tails: tails{}, settled: map[string]bool{}, screen: screen{out: out}, changed: make(chan struct{}, 1)}
	return v
}

func TestRunAsItStandsInTheEnd(t *testing.T) {
	for name, tell := range stories() {
		shows(t, filepath.Join("run", name), func(t *testing.T, on Terminal) string {
			c := &clock{noon}
			if on.TTY && !on.Color {
				w, h := on.Size()
				screen := newVT(w, h)
				play(stillRun(screen, on, c), c, tell(noon), nil)
				if len(screen.strange) > 0 || !screen.cursor || !screen.wrap {
					t.Errorf("strange %v, cursor %v, wrap %v", screen.strange, screen.cursor, screen.wrap)
				}
				return screen.String()
			}
			if on.Color {
				c.at = tell(noon).at
				return strings.Join(storyLines(teller{on, c.at}, tell(noon)), "\n") + "\n"
			}
			var b strings.Builder
			v := newPlainRun(&b, on, c.now)
			s := tell(noon)
			for _, beat := range s.beats {
				c.at = beat.at
				v.Frame(beat.frame)
				v.breakSilence()
			}
			v.Close(s.final())
			v.beats.Wait()
			return b.String()
		})
	}
}

// storyLines is what a live view has written of a story in the end.
func storyLines(t teller, s *story) []string {
	logs := tails{}
	for _, b := range s.beats {
		if b.frame.Log != nil {
			logs.add(b.frame.Step, *b.frame.Log)
		}
	}
	var lines []string
	for _, b := range t.blocks(s.final(), logs, 0) {
		lines = append(lines, b.lines...)
	}
	return append(lines, t.ending(s.final())...)
}

func TestRunWhileItGoesOn(t *testing.T) {
	for _, name := range []string{"shipped", "put-back", "long-names", "waiting", "rolled-back"} {
		shows(t, filepath.Join("live", name), func(t *testing.T, on Terminal) string {
			if !on.TTY || on.Color {
				t.Skip("a live view is on a terminal")
			}
			w, h := on.Size()
			screen, c := newVT(w, h), &clock{noon}
			var told strings.Builder
			n, s := 0, stories()[name](noon)
			every := max(len(s.beats)/8, 1)
			play(stillRun(screen, on, c), c, s, func() {
				if n++; n%every == 0 {
					told.WriteString("== " + c.at.Format("15:04:05") + "\n" + screen.String())
				}
			})
			return told.String()
		})
	}
}

func TestExitCodesPage(t *testing.T) {
	same(t, filepath.Join("..", "..", "docs", "reference", "exit-codes.md"), ExitCodesPage())
}

func TestEachVerdictHasItsExitCode(t *testing.T) {
	for verdict, code := range map[gemba.Verdict]int{
		gemba.Shipped: 0, gemba.Unchanged: 0, gemba.BuildFailed: 3, gemba.PutBack: 4,
		gemba.VerifyFailed: 5, gemba.RunErrored: 1, gemba.RunCancelled: 6,
	} {
		if got := ExitOf(gemba.Run{Verdict: verdict}).Code; got != code {
			t.Errorf("%s exits %d, want %d", verdict, got, code)
		}
	}
	if got := ExitOf(gemba.Run{State: gemba.Asking}).Code; got != 7 {
		t.Errorf("a run that asks exits %d", got)
	}
	if got := ExitOf(gemba.Run{State: gemba.Running}).Code; got != 8 {
		t.Errorf("a run that goes on exits %d", got)
	}
	for i, e := range Exits() {
		if e.Code != i {
			t.Errorf("row %d of the table has code %d", i, e.Code)
		}
	}
}
