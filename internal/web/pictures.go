package web

import (
	"fmt"
	"html"
	"html/template"
	"strings"

	"gemba"
)

// strip draws a run's steps as a row of bars: short for good, tall for what stopped it, so that it reads without colour.
func strip(r gemba.Run) template.HTML {
	if len(r.Steps) == 0 {
		return ""
	}
	var words, bars strings.Builder
	for i, s := range r.Steps {
		b := stateBadge(s.State)
		height := map[string]int{"good": 6, "busy": 12, "warn": 12, "bad": 16, "idle": 2}[b.Class]
		fmt.Fprintf(&bars, `<rect class="%s" x="%d" y="%d" width="8" height="%d"/>`, b.Class, i*10, 8-height/2, height)
		if i > 0 {
			words.WriteString(", ")
		}
		words.WriteString(strings.TrimSpace(s.Stage+" "+s.Name) + " " + b.Word)
	}
	label := html.EscapeString(words.String())
	return template.HTML(fmt.Sprintf(`<svg class="strip" role="img" aria-label="%s" width="%d" height="16"><title>%s</title>%s</svg>`,
		label, len(r.Steps)*10, label, bars.String()))
}

// spark draws the answers to probes over time, from zero; a probe that was not answered well is a full-height mark.
func spark(w *gemba.Watch) template.HTML {
	if w == nil || len(w.Spark) < 2 {
		return ""
	}
	const width, height = 120, 24
	top := 0.0
	for _, s := range w.Spark {
		top = max(top, s.Value)
	}
	if top == 0 {
		top = 1
	}
	var points, bad strings.Builder
	failed := 0
	for i, s := range w.Spark {
		x := float64(i) * width / float64(len(w.Spark)-1)
		if !s.Good {
			failed++
			fmt.Fprintf(&bad, `<rect class="bad" x="%.1f" y="0" width="2" height="%d"/>`, min(max(0, x-1), width-2), height)
		}
		fmt.Fprintf(&points, "%.1f,%.1f ", x, 1+(height-2)*(1-s.Value/top))
	}
	label := fmt.Sprintf("Time to answer of the last %s: p50 %s, p99 %s, %d not answered well",
		plural(len(w.Spark), "probe"), latency(w.P50), latency(w.P99), failed)
	return template.HTML(fmt.Sprintf(`<svg class="spark" role="img" aria-label="%s" width="%d" height="%d"><title>%s</title>%s<polyline points="%s"/></svg>`,
		label, width, height, label, bad.String(), strings.TrimSpace(points.String())))
}
