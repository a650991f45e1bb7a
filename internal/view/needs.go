package view

import (
	"fmt"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// needs are sentences: what waits for a person first, else that nothing does.
func needs(t Terminal, s gemba.Status, now time.Time) []string {
	lines := append(sick(t, s), stoppedLines(t, s, now)...)
	lines = append(lines, hostNeeds(t, s.Hosts, now)...)
	lines = append(lines, underWay(t, s.Runs, now)...)
	switch {
	case len(lines) > 0:
		return lines
	case len(s.Hosts) > 0:
		return t.say(t.good(), "Nothing needs you. %s", HostsSentence(s.Hosts))
	case len(services(s)) == 0:
		return []string{"Nothing is deployed yet.", "  next  gemba ship"}
	}
	return []string{t.good() + " Nothing needs you."}
}

// say is a sentence with its mark, in as many lines as it takes.
func (t Terminal) say(mark, format string, args ...any) []string {
	return wrap(mark+" "+fmt.Sprintf(format, args...), t.width(), "  ")
}

// sick names what does not run as it should.
func sick(t Terminal, s gemba.Status) []string {
	var bad, off []string
	for _, service := range services(s) {
		for _, d := range of(s, service) {
			place := t.text(d.Environment + "/" + d.Service)
			switch {
			case d.Stopped:
				off = append(off, t.say(t.note(), "%s is stopped, on purpose. Start it with gemba up.", place)...)
			case !d.Healthy:
				bad = append(bad, t.say(t.bad(), "%s is not healthy%s.", place, because(t, d.Reason))...)
			}
		}
	}
	return append(bad, off...)
}

func because(t Terminal, why string) string {
	if why == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(t.text(firstLine(why)), ".")
}

// stoppedLines names the services whose newest finished run ended badly.
func stoppedLines(t Terminal, s gemba.Status, now time.Time) []string {
	var lines []string
	seen := map[string]bool{}
	for _, r := range s.Runs {
		if !r.State.Over() || seen[r.Service] {
			continue
		}
		seen[r.Service] = true
		exit := ExitOf(r)
		switch exit.Code {
		case ExitBuild, ExitPutBack, ExitVerify, ExitError:
			lines = append(lines, t.say(t.bad(), "The line of %s is stopped: run %d, %s, %s.", t.text(r.Service), r.ID, exit.Words, human.Ago(r.Finished, now))...)
			lines = append(lines, fmt.Sprintf("  see   gemba logs %s --run %d", t.text(r.Service), r.ID))
		}
	}
	return lines
}

// underWay names the runs that are not over; those that ask come first.
func underWay(t Terminal, runs []gemba.Run, now time.Time) []string {
	var asking, going []string
	for _, r := range runs {
		run := fmt.Sprintf("Run %d of %s", r.ID, t.text(r.Service))
		takes := elapsed(now.Sub(r.Created))
		switch {
		case r.State == gemba.Asking:
			asking = append(asking, t.say(t.note(), "%s asks: %s", run, t.text(r.Message))...)
		case !r.State.Over() && r.WaitsFor != 0:
			going = append(going, t.say(t.ellipsis(), "%s waits for run %d, for %s now.", run, r.WaitsFor, takes)...)
		case !r.State.Over():
			going = append(going, t.say(t.ellipsis(), "%s %s %s \"%s\", for %s now.", run, verb(r), r.Commit.Short(), t.text(r.Commit.Subject), takes)...)
		}
	}
	return append(asking, going...)
}

func verb(r gemba.Run) string {
	if r.Kind == rollback {
		return "goes back to"
	}
	return "ships"
}
