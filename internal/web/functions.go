package web

import (
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gemba"
	"gemba/internal/human"
	"gemba/internal/view/line"
)

// functions are what the templates call.
func (h *dashboard) functions() template.FuncMap {
	return template.FuncMap{
		"ago":     h.timeAgo,
		"clock":   func(t time.Time) template.HTML { return timeTag(t, t.Format("15:04:05"), false) },
		"took":    took,
		"stepFor": func(s gemba.Step) string { return took(s.Duration(h.now())) },
		"runFor":  h.runDuration,
		"latency": latency,
		"testFor": func(d gemba.Duration) string { return took(time.Duration(d)) },
		"bytes":   human.Bytes, "percent": human.Percent, "number": human.Count, "plural": plural,
		"state": stateBadge, "verdict": runBadge, "health": healthBadge, "process": processBadge, "outcome": outcomeBadge,
		"across":      func(l line.Line) template.HTML { return template.HTML(l.SVG(trainLink)) },
		"down":        func(l line.Line) template.HTML { return template.HTML(l.SVGTall(trainLink)) },
		"strip":       strip,
		"spark":       spark,
		"escape":      url.PathEscape,
		"slug":        slug,
		"subject":     subjectPath,
		"indent":      indent,
		"list":        func(items []string) string { return strings.Join(items, ", ") },
		"lead":        lead,
		"rest":        func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest },
		"long":        func(s string) bool { return len(s) > 22 },
		"brief":       brief,
		"bareAddress": func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "http://"), "/") },
	}
}

func (h *dashboard) timeAgo(t time.Time) template.HTML {
	return timeTag(t, human.Ago(t, h.now()), true)
}

// timeTag writes a time that has its exact value on hover. The script keeps one with class "ago" fresh.
func timeTag(t time.Time, text string, fresh bool) template.HTML {
	if t.IsZero() {
		return template.HTML(html.EscapeString(text))
	}
	class := ""
	if fresh {
		class = ` class="ago"`
	}
	return template.HTML(fmt.Sprintf(`<time%s datetime="%s" title="%s">%s</time>`,
		class, t.UTC().Format(time.RFC3339), html.EscapeString(exact(t)), html.EscapeString(text)))
}

func (h *dashboard) runDuration(r gemba.Run) string {
	if r.Started.IsZero() {
		return ""
	}
	end := r.Finished
	if end.IsZero() {
		end = h.now()
	}
	return took(end.Sub(r.Started))
}

func trainLink(t line.Train) string {
	if t.Run == 0 {
		return ""
	}
	return fmt.Sprintf("/runs/%d", t.Run)
}

// subjectPath is the page of an event's subject, or "" for a subject that has none.
func subjectPath(subject string) string {
	kind, name, _ := strings.Cut(subject, "/")
	name, _, _ = strings.Cut(name, "/")
	if name == "" {
		return ""
	}
	switch kind {
	case "service", "environment", "run", "host":
		return "/" + kind + "s/" + url.PathEscape(name)
	}
	return ""
}

func indent(data json.RawMessage) string {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return string(data)
	}
	pretty, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return string(data)
	}
	return string(pretty)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// lead is the first line.
func lead(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}

// brief cuts a commit's subject to what a column holds.
func brief(subject string) string {
	const most = 56
	if runes := []rune(subject); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…"
	}
	return subject
}
