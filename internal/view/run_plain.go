package view

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"gemba"
)

const still = 10 * time.Second // of silence before a line says that something still runs

// plainRun writes each fact once, when it is known: for pipes and files.
type plainRun struct {
	out   io.Writer
	t     Terminal
	now   func() time.Time
	stop  chan struct{}
	beats sync.WaitGroup

	mu     sync.Mutex
	run    gemba.Run
	tails  tails
	said   map[string]bool
	spoke  time.Time // when something was last written
	closed bool
}

func newPlainRun(out io.Writer, t Terminal, now func() time.Time) *plainRun {
	v := &plainRun{out: out, t: t, now: now, tails: tails{}, said: map[string]bool{}, stop: make(chan struct{}), spoke: now()}
	v.beats.Go(v.beat)
	return v
}

func (v *plainRun) Frame(f gemba.Frame) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.closed:
	case f.Log != nil:
		v.tails.add(f.Step, *f.Log)
	case f.Run != nil:
		v.run = *f.Run
		v.tell()
	}
}

func (v *plainRun) Say(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.closed {
		v.write([]string{v.t.text(text)})
	}
}

func (v *plainRun) Close(final gemba.Run) {
	if v.end(final) {
		close(v.stop)
		v.beats.Wait()
	}
}

// end writes how it ended, the first time.
func (v *plainRun) end(final gemba.Run) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return false
	}
	v.closed = true
	if final.ID != 0 {
		v.run = final
		v.tell()
		v.write(v.teller().ending(final))
	}
	return true
}

func (v *plainRun) teller() teller { return teller{v.t, v.now()} }

// tell writes what has become known.
func (v *plainRun) tell() {
	t := v.teller()
	v.once("head", t.head(v.run)...)
	v.once("run", fmt.Sprintf("run %d", v.run.ID))
	if said := t.leftOut(v.run); said != "" {
		v.once("left out", said)
	}
	for _, said := range t.warnings(v.run) {
		v.once(said, said)
	}
	if said := t.waits(v.run); said != "" {
		v.once(said, said)
	}
	for _, s := range making(v.run) {
		v.step(t, s)
	}
	if over(making(v.run)) {
		if said := t.coffee(v.run); said != "" {
			v.once("coffee", said)
		}
	}
	if said := t.artifact(v.run); said != "" {
		v.once("artifact", said)
	}
	for _, steps := range stages(v.run) {
		for _, s := range steps {
			v.step(t, s)
		}
	}
}

// step writes what became of a step, with the end of its log where it stopped the line.
func (v *plainRun) step(t teller, s gemba.Step) {
	if !s.State.Over() && s.State != gemba.Asking && s.State != gemba.Waiting || s.State == gemba.Left {
		return
	}
	lines := []string{v.name(t, s) + " " + t.outcome(s)}
	if stopped(s) {
		lines = append(lines, t.excerpt(v.tails[s.Index])...)
	}
	for _, note := range t.notes(s) {
		lines = append(lines, "  "+note)
	}
	v.once(fmt.Sprint("step ", s.Index, s.Attempt, s.State), lines...)
}

// name says where a step belongs: "build", "staging deploy".
func (v *plainRun) name(t teller, s gemba.Step) string {
	return t.text(strings.TrimSpace(s.Stage + " " + name(s, v.run)))
}

func (v *plainRun) once(key string, lines ...string) {
	if !v.said[key] {
		v.said[key] = true
		v.write(lines)
	}
}

func (v *plainRun) write(lines []string) {
	var p page
	p.lines(lines)
	_ = p.to(v.out) // a closed pipe ends the command by its signal
	v.spoke = v.now()
}

// beat breaks a long silence.
func (v *plainRun) beat() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-ticker.C:
			v.breakSilence()
		}
	}
}

func (v *plainRun) breakSilence() {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if v.closed || now.Sub(v.spoke) < still {
		return
	}
	t := v.teller()
	for _, s := range v.run.Steps {
		if s.State == gemba.Running && s.Duration(now) >= still {
			v.write([]string{fmt.Sprintf("still running %s%s %s", v.name(t, s), t.ellipsis(), elapsed(s.Duration(now)))})
			return
		}
	}
	if v.run.WaitsFor != 0 {
		v.write([]string{fmt.Sprintf("still waiting for run %d%s %s", v.run.WaitsFor, t.ellipsis(), elapsed(now.Sub(v.run.Created)))})
	}
}
