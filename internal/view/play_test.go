package view

import (
	"os"
	"strconv"
	"testing"
	"time"

	"gemba"
)

// TestMain plays a story instead of testing when GEMBA_VIEW_PLAY names one: the
// test binary is then a program that a pty, or a person in a terminal, can watch.
// GEMBA_VIEW_PACE says how many times faster than it happened.
func TestMain(m *testing.M) {
	if name := os.Getenv("GEMBA_VIEW_PLAY"); name != "" {
		os.Exit(playForReal(name))
	}
	os.Exit(m.Run())
}

func playForReal(name string) int {
	pace, _ := strconv.ParseFloat(os.Getenv("GEMBA_VIEW_PACE"), 64)
	pace = max(pace, 1)
	began := time.Now()
	now := func() time.Time { return noon.Add(time.Duration(float64(time.Since(began)) * pace)) }
	out := Out{Data: os.Stdout, Talk: os.Stderr, JSON: os.Getenv("GEMBA_VIEW_JSON") != ""}
	t := NewTerminal(os.Stdout, os.Getenv, ColorAuto)
	t.Zone = time.UTC
	v := NewRunView(out, t, now, nil)
	s := stories()[name](noon)
	for _, b := range s.beats {
		time.Sleep(time.Duration(float64(b.at.Sub(now())) / pace))
		v.Frame(b.frame)
	}
	if os.Getenv("GEMBA_VIEW_PANIC") != "" {
		defer func() { _ = recover() }()
		defer v.Close(gemba.Run{})
		panic("as a fault would")
	}
	v.Close(s.final())
	v.Close(s.final()) // a second one does nothing
	return ExitOf(s.final()).Code
}
