package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"gemba/internal/wire"
)

// The kinds of reports that an init sends to its supervisor.
const (
	reportEntered    = "entered"     // the world is built
	reportUnable     = "unable"      // the machine cannot build it
	reportInvalid    = "invalid"     // what was asked for cannot be built on any machine
	reportNote       = "note"        // for the log
	reportNotStarted = "not-started" // the program
	reportEnded      = "ended"       // the program
)

type report struct {
	Kind string
	Text string     `json:",omitempty"`
	Exit *wire.Exit `json:",omitempty"`
}

// errUnable says that this machine cannot isolate.
type errUnable struct{ why string }

func (e *errUnable) Error() string { return e.why }

// reports reads what an init has to say until it is gone.
type reports struct {
	first chan report   // the first one: whether the world could be built
	done  chan struct{} // closed at the end

	mu  sync.Mutex
	end *wire.Exit
}

func readReports(file *os.File, log *logFile) *reports {
	r := &reports{first: make(chan report, 1), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		defer close(r.first)
		defer file.Close()
		lines := bufio.NewReader(file)
		for count := 0; ; count++ {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			var one report
			if json.Unmarshal(line, &one) != nil {
				return
			}
			if count == 0 {
				r.first <- one
				continue
			}
			r.take(one, log)
		}
	}()
	return r
}

func (r *reports) take(one report, log *logFile) {
	switch one.Kind {
	case reportNote:
		log.note("%s", one.Text)
	case reportNotStarted:
		log.note("not started: %s", one.Text)
		one.Exit = &wire.Exit{Code: -1, Reason: reasonNotStarted, Error: one.Text}
	}
	if one.Exit != nil {
		r.mu.Lock()
		r.end = one.Exit
		r.mu.Unlock()
	}
}

// entered waits until the world is built, or returns why it is not: *errUnable
// when it is for the machine that it cannot be.
func (r *reports) entered() error {
	first, ok := <-r.first
	switch {
	case !ok:
		return &errUnable{why: "the init of the sandbox ended before it had built it"}
	case first.Kind == reportUnable:
		return &errUnable{why: first.Text}
	case first.Kind == reportInvalid:
		return errors.New(first.Text)
	}
	return nil
}

// exit returns how the program ended, if the init lived to say it.
func (r *reports) exit() (wire.Exit, bool) {
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end == nil {
		return wire.Exit{}, false
	}
	return *r.end, true
}

// reporter is the init's end.
type reporter struct {
	mu sync.Mutex
	to io.WriteCloser
}

func (r *reporter) send(one report) error {
	line, err := json.Marshal(one)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.to.Write(append(line, '\n'))
	return err
}

func (r *reporter) note(format string, args ...any) {
	_ = r.send(report{Kind: reportNote, Text: fmt.Sprintf(format, args...)})
}
