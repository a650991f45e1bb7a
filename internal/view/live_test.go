package view

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.uber.org/goleak"

	"gemba"
)

// program is this test binary as a command that plays a story.
func program(t *testing.T, story, pace string, more ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "GEMBA_VIEW_PLAY="+story, "GEMBA_VIEW_PACE="+pace, "TERM=xterm-256color", "LANG=C.UTF-8", "NO_COLOR=1", "GORACE=atexit_sleep_ms=0")
	c.Env = append(c.Env, more...)
	return c
}

// watch runs a command in a real pty of that size, and returns the screen that it leaves.
func watch(t *testing.T, c *exec.Cmd, w, h int) *vt {
	t.Helper()
	f, err := pty.StartWithSize(c, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	screen := newVT(w, h)
	buffer := make([]byte, 4096)
	for {
		n, err := f.Read(buffer)
		_, _ = screen.Write(buffer[:n])
		if err != nil { // EIO: the other side is closed
			break
		}
	}
	_ = c.Wait() // the exit code is a verdict, not an error
	return screen
}

func TestTheScreenHasEachFinishedLineOnceAndNothingElse(t *testing.T) {
	slowly := map[string]bool{"shipped": true, "put-back": true, "long-names": true} // enough for many drawings
	for name := range stories() {
		for _, w := range []int{40, 80} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				pace := "400"
				if slowly[name] {
					pace = "40"
				}
				c := program(t, name, pace)
				screen := watch(t, c, w, 24)
				want, err := os.ReadFile("testdata/run/" + name + map[int]string{40: "/40.golden", 80: "/80.golden"}[w])
				if err != nil {
					t.Fatal(err)
				}
				if got := fixedTimes(screen.String(), name); got != fixedTimes(string(want), name) {
					t.Errorf("the screen is left with\n%s\nwant\n%s", got, want)
				}
				if len(screen.strange) > 0 || !screen.cursor || !screen.wrap {
					t.Errorf("strange %v, cursor shown %v, wrap %v", screen.strange, screen.cursor, screen.wrap)
				}
				if code := c.ProcessState.ExitCode(); code != ExitOf(stories()[name](noon).final()).Code {
					t.Errorf("exit code %d", code)
				}
			})
		}
	}
}

// fixedTimes takes out what depends on how fast this machine is: how long
// something had run when a command detached or a run asked.
func fixedTimes(s, story string) string {
	if story == "detached" || story == "asking" {
		return regexp.MustCompile(`[0-9.]+ s\b`).ReplaceAllString(s, "N s")
	}
	return s
}

func TestAPanicLeavesTheCursorShown(t *testing.T) {
	screen := watch(t, program(t, "shipped", "60", "GEMBA_VIEW_PANIC=1"), 80, 24)
	if !screen.cursor || !screen.wrap {
		t.Errorf("cursor shown %v, wrap %v", screen.cursor, screen.wrap)
	}
}

func TestAWindowThatChangesLeavesNothingBehind(t *testing.T) {
	got := resized(t, [][2]int{{100, 24}, {40, 24}, {70, 30}, {33, 24}, {120, 40}, {90, 24}})
	if i := slices.IndexFunc(got, func(l string) bool { return strings.Contains(l, "compiling") || strings.Contains(l, " … ") }); i >= 0 {
		t.Errorf("left over: %q", got[i])
	}
}

func TestAWindowThatGetsTinyLosesNothing(t *testing.T) {
	resized(t, [][2]int{{100, 24}, {40, 6}, {12, 4}, {80, 24}}) // rows that left the window can't be taken back
}

// resized plays a story while the window changes at each beat, and holds that what is
// settled stands there once.
func resized(t *testing.T, sizes [][2]int) []string {
	t.Helper()
	w, h := sizes[0][0], sizes[0][1]
	on := Terminal{TTY: true, UTF8: true, Size: func() (int, int) { return w, h }}
	screen, c, n := newVT(w, h), &clock{noon}, 0
	play(stillRun(screen, on, c), c, tellPutBack(noon), func() {
		n++
		w, h = sizes[n%len(sizes)][0], sizes[n%len(sizes)][1]
		screen.resize(w, h)
	})
	screen.resize(200, 60)
	got := screen.lines()
	for _, once := range []string{"guestbook 4f2a91c", "! left out", "artifact", "see   gemba logs", "exit 4"} {
		if count := strings.Count(strings.Join(got, "\n"), once); count != 1 {
			t.Errorf("%q is on the screen %d times:\n%s", once, count, strings.Join(got, "\n"))
		}
	}
	return got
}

func TestARegionNeverFillsMoreThanTheWindow(t *testing.T) {
	on := Terminal{TTY: true, UTF8: true, Size: func() (int, int) { return 40, 5 }}
	screen, c := newVT(40, 5), &clock{noon}
	s := tellLongNames(noon)
	play(stillRun(screen, on, c), c, s, nil)
	all := screen.String()
	for _, once := range []string{"coffee", "artifact", "exit 4"} {
		if strings.Count(all, once) != 1 {
			t.Errorf("%q is not there once:\n%s", once, all)
		}
	}
}

func TestALineIsDrawnBelowWhatRuns(t *testing.T) {
	on := Terminal{TTY: true, UTF8: true, Size: func() (int, int) { return 80, 24 }}
	screen, c := newVT(80, 24), &clock{noon}
	v := stillRun(screen, on, c)
	v.line = func(run gemba.Run, width int) string { return "--o-- " + run.Service + "\n" }
	s := tellShipped(noon)
	v.Say("Cancelling. Press Ctrl-C again to leave it running.")
	var during string
	play(v, c, s, func() { during = screen.String() })
	v.Say("too late")
	if strings.Count(screen.String(), "Cancelling.") != 1 || strings.Contains(screen.String(), "too late") {
		t.Errorf("what was said is not there once:\n%s", screen)
	}
	if !strings.HasSuffix(strings.TrimSpace(during), "--o-- guestbook") || strings.Contains(screen.String(), "--o--") {
		t.Errorf("while it runs\n%s\nat the end\n%s", during, screen)
	}
}

func TestJSONIsOneFrameALine(t *testing.T) {
	var out bytes.Buffer
	v := NewRunView(Out{Data: &out, JSON: true}, Terminal{}, time.Now, nil)
	s := tellPutBack(noon)
	for _, b := range s.beats {
		v.Frame(b.frame)
	}
	var talk bytes.Buffer
	NewRunView(Out{Data: &out, Talk: &talk, JSON: true}, Terminal{}, time.Now, nil).Say("Cancelling.")
	if talk.String() != "Cancelling.\n" {
		t.Errorf("said %q", talk.String())
	}
	v.Close(s.final())
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(s.beats) {
		t.Fatalf("%d lines of %d frames", len(lines), len(s.beats))
	}
	var last gemba.Frame
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if last.Run == nil || last.Run.Verdict != gemba.PutBack || !strings.Contains(out.String(), "0 of 402") {
		t.Errorf("the last line is %s", lines[len(lines)-1])
	}
}

func TestViewsEndTheirGoroutines(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for _, tty := range []bool{true, false} {
		var out bytes.Buffer
		v := NewRunView(Out{Data: &out}, Terminal{TTY: tty, UTF8: true}, time.Now, nil)
		s := tellShipped(noon)
		for _, b := range s.beats {
			v.Frame(b.frame)
		}
		v.Close(s.final())
		v.Close(s.final())
		v.Frame(s.beats[0].frame)
		if strings.Count(out.String(), "shipped in") != 1 {
			t.Errorf("the end is not there once:\n%s", out.String())
		}
	}
}

func TestAPipeHearsOfLongSilence(t *testing.T) {
	var out bytes.Buffer
	c := &clock{noon}
	v := newPlainRun(&out, Terminal{UTF8: true}, c.now)
	s := begin(noon, defaultSteps()...)
	s.start(0)
	for _, b := range s.beats {
		v.Frame(b.frame)
	}
	for range 35 {
		c.at = c.at.Add(time.Second)
		v.breakSilence()
	}
	v.Close(gemba.Run{})
	v.beats.Wait()
	if got := strings.Count(out.String(), "still running build…"); got != 3 {
		t.Errorf("%d times in 35 s:\n%s", got, out.String())
	}
}
