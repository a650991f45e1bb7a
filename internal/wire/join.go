package wire

import "gemba"

// Joiner puts lines together again that were cut: too long for one record, or
// shown before their end had come. It is for readers that need whole lines,
// such as parsers of a test's output. The zero value is ready.
type Joiner struct {
	Max     int // bytes of one line; what is longer is handed on in parts. 0: 4 MiB
	pending map[[2]string]gemba.LogLine
}

// Add takes the next line of a log; whole is true when line is now complete.
func (j *Joiner) Add(next gemba.LogLine) (line gemba.LogLine, whole bool) {
	limit := j.Max
	if limit == 0 {
		limit = 4 << 20
	}
	key := [2]string{next.Source, next.Stream}
	if before, ok := j.pending[key]; ok {
		delete(j.pending, key)
		before.Text += next.Text
		before.More = next.More
		next = before
	}
	if !next.More || len(next.Text) >= limit {
		return next, true
	}
	if j.pending == nil {
		j.pending = make(map[[2]string]gemba.LogLine)
	}
	j.pending[key] = next
	return gemba.LogLine{}, false
}

// Rest returns the lines whose end never came.
func (j *Joiner) Rest() []gemba.LogLine {
	var rest []gemba.LogLine
	for _, line := range j.pending {
		rest = append(rest, line)
	}
	j.pending = nil
	return rest
}
