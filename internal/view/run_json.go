package view

import (
	"io"

	"gemba"
)

// jsonRun passes frames on; the last one says how it ended.
type jsonRun struct{ out io.Writer }

func (v *jsonRun) Frame(f gemba.Frame) { _ = JSONLine(v.out, f) } // a closed pipe ends the command by its signal

func (v *jsonRun) Close(gemba.Run) {}
