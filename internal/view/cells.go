package view

import (
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Cells that several tables have.

func commitCell(t Terminal, c gemba.Commit) cell {
	return cell{text: strings.TrimSpace(c.Short() + " " + t.text(c.Subject)), whole: c.Hash}
}

// actorCell is a person by name where the actor is one: "uid:1000(ana)" is "ana".
func actorCell(t Terminal, actor string) cell {
	_, name, found := strings.Cut(strings.TrimSuffix(actor, ")"), "(")
	if !found || !strings.HasSuffix(actor, ")") || name == "" {
		name = actor
	}
	return cell{text: t.text(name), whole: t.text(actor)}
}

func timeCell(at, now time.Time) cell {
	if at.IsZero() {
		return cell{}
	}
	return cell{text: human.Ago(at, now), whole: at.UTC().Format(time.RFC3339)}
}

// number is a count of which none is not worth a word.
func number[N int | int64](n N) cell {
	if n == 0 {
		return cell{whole: "0"}
	}
	return cell{text: strconv.FormatInt(int64(n), 10)}
}

func healthCell(t Terminal, d gemba.Deployment) cell {
	switch {
	case d.Stopped:
		return cell{text: "! stopped", whole: "stopped", style: yellow}
	case !d.Healthy:
		return cell{text: t.sign("✗", "x") + " not healthy", whole: "not healthy", style: red}
	}
	return cell{text: t.sign("✓ ", "") + "healthy", whole: "healthy", style: green}
}

// watchCells are the share of good answers and the slowest of a hundred.
func watchCells(w *gemba.Watch) (up, p99 cell) {
	if w == nil || w.Probes == 0 {
		return cell{}, cell{}
	}
	slowest := time.Duration(w.P99)
	return cell{text: human.Percent(w.Uptime), whole: strconv.FormatFloat(w.Uptime, 'f', -1, 64)},
		cell{text: human.Duration(slowest), whole: strconv.FormatFloat(slowest.Seconds(), 'f', -1, 64)}
}

// outcomeCell is how a run ended, or where it stands.
func outcomeCell(t Terminal, r gemba.Run) cell {
	if !r.State.Over() {
		return cell{text: string(r.State), style: yellow}
	}
	exit := ExitOf(r)
	whole := string(r.Verdict)
	switch exit.Code {
	case ExitGood:
		return cell{text: t.sign("✓ ", "") + exit.Words, whole: whole, style: green}
	case ExitCancelled:
		return cell{text: "! " + exit.Words, whole: whole, style: yellow}
	}
	return cell{text: t.sign("✗ ", "x ") + exit.Words, whole: whole, style: red}
}

func tookCell(r gemba.Run, now time.Time) cell {
	end := r.Finished
	if end.IsZero() {
		end = now
	}
	took := end.Sub(r.Created)
	return cell{text: human.Duration(took), whole: strconv.FormatFloat(took.Seconds(), 'f', 3, 64)}
}
