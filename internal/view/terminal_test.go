package view

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/creack/pty"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if key, value, _ := strings.Cut(p, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func TestColorIsWhereItIsWanted(t *testing.T) {
	_, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	for _, c := range []struct {
		name       string
		env        []string
		choice     ColorChoice
		tty, color bool // in a terminal
		piped      bool // colour in a pipe
	}{
		{"by itself", []string{"TERM=xterm"}, ColorAuto, true, true, false},
		{"NO_COLOR", []string{"TERM=xterm", "NO_COLOR=1", "CLICOLOR_FORCE=1"}, ColorAuto, true, false, false},
		{"an empty NO_COLOR is none", []string{"TERM=xterm", "NO_COLOR="}, ColorAuto, true, true, false},
		{"TERM=dumb", []string{"TERM=dumb"}, ColorAuto, false, false, false},
		{"CLICOLOR_FORCE", []string{"TERM=xterm", "CLICOLOR_FORCE=1"}, ColorAuto, true, true, true},
		{"CLICOLOR_FORCE=0", []string{"TERM=xterm", "CLICOLOR_FORCE=0"}, ColorAuto, true, true, false},
		{"the flag is stronger", []string{"TERM=xterm", "NO_COLOR=1"}, ColorAlways, true, true, true},
		{"the flag forbids", []string{"TERM=xterm", "CLICOLOR_FORCE=1"}, ColorNever, true, false, false},
	} {
		on := NewTerminal(tty, env(c.env...), c.choice)
		if on.TTY != c.tty || on.Color != c.color {
			t.Errorf("%s: in a terminal %+v", c.name, on)
		}
		if on := NewTerminal(&bytes.Buffer{}, env(c.env...), c.choice); on.TTY || on.Color != c.piped {
			t.Errorf("%s: in a pipe %+v", c.name, on)
		}
	}
}

func TestOnlyAsciiWhereTheLocaleSaysSo(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want bool
	}{
		{nil, true}, {[]string{"LANG=C.UTF-8"}, true}, {[]string{"LANG=de_DE.utf8"}, true}, {[]string{"LANG=C"}, false},
		{[]string{"LC_ALL=POSIX", "LANG=C.UTF-8"}, false}, {[]string{"LC_CTYPE=en_US.UTF-8", "LANG=C"}, true},
	} {
		if got := NewTerminal(os.Stdout, env(c.env...), ColorAuto).UTF8; got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}
