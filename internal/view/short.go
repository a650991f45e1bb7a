package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Begun says that a run was accepted and how to see what becomes of it.
func Begun(run gemba.Run) func(io.Writer, Terminal) error {
	return func(w io.Writer, t Terminal) error {
		_, err := fmt.Fprintf(w, "run %d: %s %s\n  see   gemba logs --run %d --follow\n", run.ID, run.Service, run.Commit.Short(), run.ID)
		return err
	}
}

// DeploymentLine is a deployment's release and health in one line.
func DeploymentLine(d gemba.Deployment) string {
	health := "healthy"
	switch {
	case d.Stopped:
		health = "stopped"
	case !d.Healthy:
		health = "not healthy: " + d.Reason
	}
	line := fmt.Sprintf("%s in %s  %s  %s", d.Service, d.Environment, d.Commit.Short(), health)
	if d.Address != "" {
		line += "  " + d.Address
	}
	return line
}

// Tests lists single results, those that failed first with what they printed.
func Tests(w io.Writer, t Terminal, results []gemba.TestResult) error {
	var p page
	if len(results) == 0 {
		p.line("No single test is known of: none ran, or no `test` block of the service has a `report`.")
		return p.to(w)
	}
	count := map[gemba.Outcome]int64{}
	for _, r := range results {
		count[r.Outcome]++
	}
	for _, outcome := range []gemba.Outcome{gemba.Failed, gemba.Skipped, gemba.Passed} {
		for _, r := range results {
			if r.Outcome == outcome {
				p.test(t, r)
			}
		}
	}
	p.line(fmt.Sprintf("%d failed, %d skipped, %d passed", count[gemba.Failed], count[gemba.Skipped], count[gemba.Passed]))
	return p.to(w)
}

func (p *page) test(t Terminal, r gemba.TestResult) {
	mark := map[gemba.Outcome]string{gemba.Failed: t.bad(), gemba.Passed: t.good(), gemba.Skipped: "-"}[r.Outcome]
	p.line(mark, " ", t.text(strings.TrimSpace(r.Package+" "+r.Name)), "  ", human.Duration(time.Duration(r.Duration)))
	if r.Outcome != gemba.Failed {
		return
	}
	for _, l := range strings.Split(strings.TrimRight(r.Output, "\n"), "\n") {
		p.line("    ", t.log(l))
	}
}
