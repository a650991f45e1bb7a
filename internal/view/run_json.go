package view

import "gemba"

// jsonRun passes frames on; the last one says how it ended.
type jsonRun struct {
	out Out
	t   Terminal
}

func (v *jsonRun) Frame(f gemba.Frame) { _ = JSONLine(v.out.Data, f) } // a closed pipe ends the command by its signal

func (v *jsonRun) Say(text string) {
	var p page
	p.line(v.t.text(text))
	_ = p.to(v.out.Talk)
}

func (v *jsonRun) Close(gemba.Run) {}
