package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/term"
)

// Terminal is what is known about the place that is written to.
type Terminal struct {
	TTY   bool              // somebody watches, and the cursor can be moved
	Color bool              //
	UTF8  bool              // else only ASCII is written
	Size  func() (w, h int) // columns and rows now; nil where there is no window
	Zone  *time.Location    // of the times that people read; nil is UTC
}

// ColorChoice is what `--color` was given.
type ColorChoice string

// The choices.
const (
	ColorAuto   ColorChoice = "auto"
	ColorAlways ColorChoice = "always"
	ColorNever  ColorChoice = "never"
)

// Set takes one of the choices; with String and Type it makes a flag of the choice.
func (c *ColorChoice) Set(text string) error {
	switch choice := ColorChoice(text); choice {
	case ColorAuto, ColorAlways, ColorNever:
		*c = choice
		return nil
	}
	return fmt.Errorf("it is one of %s, %s, %s", ColorAuto, ColorAlways, ColorNever)
}

func (c *ColorChoice) String() string { return string(*c) }

// Type is how help names the value.
func (c *ColorChoice) Type() string { return "when" }

// NewTerminal finds out what out can do. Only a writer with a file
// descriptor, as *os.File has, can be a terminal. env is os.Getenv; it is
// asked for TERM, NO_COLOR (no-color.org), CLICOLOR_FORCE
// (bixense.com/clicolors), LC_ALL, LC_CTYPE and LANG. The choice of a flag is stronger than those.
func NewTerminal(out io.Writer, env func(string) string, choice ColorChoice) Terminal {
	t := Terminal{UTF8: speaksUTF8(env), Zone: time.Local}
	file, ok := out.(interface{ Fd() uintptr })
	if ok && term.IsTerminal(int(file.Fd())) {
		t.TTY = env("TERM") != "dumb"
		t.Size = func() (int, int) { return windowSize(int(file.Fd())) }
	}
	t.Color = wantsColor(t.TTY, env, choice)
	return t
}

// windowSize asks for the size at each drawing, so that a resize needs no signal.
func windowSize(fd int) (w, h int) {
	w, h, err := term.GetSize(fd)
	if err != nil || w <= 0 || h <= 0 {
		return 80, 24
	}
	return w, h
}

func wantsColor(tty bool, env func(string) string, choice ColorChoice) bool {
	switch {
	case choice == ColorAlways:
		return true
	case choice == ColorNever, env("NO_COLOR") != "":
		return false
	case env("CLICOLOR_FORCE") != "" && env("CLICOLOR_FORCE") != "0":
		return true
	}
	return tty
}

// speaksUTF8 follows the order of the locale variables (POSIX, section 8.2).
// A locale that is not set at all is common in containers, whose terminals
// show UTF-8 all the same; one that was set to something else was chosen.
func speaksUTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(env(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return true
}

// width is how many columns a line may take; 0 is no limit.
func (t Terminal) width() int {
	if t.Size == nil {
		return 0
	}
	w, _ := t.Size()
	return max(w, 10)
}

// height is how many rows the window has.
func (t Terminal) height() int {
	if t.Size == nil {
		return 24
	}
	_, h := t.Size()
	return max(h, 3)
}

// clock is a time of day as people here read it.
func (t Terminal) clock(at time.Time) string { return t.in(at).Format("15:04:05") }

func (t Terminal) in(at time.Time) time.Time {
	if t.Zone == nil {
		return at.UTC()
	}
	return at.In(t.Zone)
}
