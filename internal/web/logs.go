package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// How much of a log is on one page. Both bounds hold; the whole is in the download.
const (
	pageLines = 500
	pageBytes = 40_000 // of HTML
	lineBytes = 4_000  // of one line's text
)

// logView is a stretch of a step's log.
type logView struct {
	Run   int64
	Step  int
	Slug  string
	Lines []logLine
	First int // number of the first line shown; 1 when nothing is before it
	Next  int // how many lines have been seen: where to go on
	Total int
}

// logLine is one line, ready to be shown.
type logLine struct {
	Number int
	Class  string // "err" for standard error, "note" for a note of Gemba's, "at" for the first error
	HTML   template.HTML
}

func newLogLine(number int, l gemba.LogLine) logLine {
	text, more := l.Text, ""
	if len(text) > lineBytes {
		more = fmt.Sprintf(` <i class="note">(%s more in the download)</i>`, human.Bytes(int64(len(text)-lineBytes)))
		text = strings.ToValidUTF8(text[:lineBytes], "")
	}
	class := map[string]string{"err": "err", "gemba": "note"}[l.Stream]
	return logLine{Number: number, Class: class, HTML: template.HTML(colored(text) + more)}
}

// window takes the last lines before line number before (0: the end), as many as fit.
func window(lines []gemba.LogLine, run int64, step int, slug string, before, budget int) logView {
	v := logView{Run: run, Step: step, Slug: slug, Total: len(lines), First: 1}
	if before > 0 && before <= len(lines) {
		lines = lines[:before-1]
	}
	v.Next = len(lines)
	for n := len(lines); n > 0 && len(v.Lines) < pageLines; n-- {
		l := newLogLine(n, lines[n-1])
		if budget -= weight(l, slug); budget < 0 && len(v.Lines) > 0 {
			break
		}
		v.Lines = append(v.Lines, l)
	}
	slices.Reverse(v.Lines)
	if len(v.Lines) > 0 {
		v.First = v.Lines[0].Number
	}
	return v
}

// following takes the first lines after a line number, as many as fit.
func following(lines []gemba.LogLine, run int64, step int, slug string, after, budget int) logView {
	v := logView{Run: run, Step: step, Slug: slug, First: after + 1, Next: after, Total: after + len(lines)}
	for i, line := range lines {
		l := newLogLine(after+i+1, line)
		if budget -= weight(l, slug); len(v.Lines) == pageLines || budget < 0 && i > 0 {
			break
		}
		v.Lines, v.Next = append(v.Lines, l), l.Number
	}
	return v
}

// weight is about what a line costs on the page.
func weight(l logLine, slug string) int { return len(l.HTML) + 2*len(slug) + 40 }

func (v *logView) mark(number int) {
	for i := range v.Lines {
		if v.Lines[i].Number == number {
			v.Lines[i].Class = "at"
		}
	}
}

// errorLine is the number of the first line that says what is wrong: one that reads like an error, else the first
// on standard error of the last twenty, else the last. 0 for an empty log.
func errorLine(lines []gemba.LogLine) int {
	said := regexp.MustCompile(`(?i)(^|[^a-z0-9])(error|fatal|panic|exception|traceback|undefined|cannot|no such|not found|denied)([^a-z0-9]|$)|--- FAIL|^FAIL|✗|✖`)
	for i, l := range lines {
		if said.MatchString(l.Text) {
			return i + 1
		}
	}
	for i := max(0, len(lines)-20); i < len(lines); i++ {
		if lines[i].Stream == "err" {
			return i + 1
		}
	}
	return len(lines)
}

// stepLog reads a step and its log, after a line number.
func (h *dashboard) stepLog(ctx context.Context, r *http.Request, after int) (gemba.Run, stepView, []gemba.LogLine, error) {
	fail := func(err error) (gemba.Run, stepView, []gemba.LogLine, error) {
		return gemba.Run{}, stepView{}, nil, err
	}
	n, err := id(r, "run")
	if err != nil {
		return fail(err)
	}
	index, err := id(r, "step")
	if err != nil {
		return fail(err)
	}
	run, err := h.src.Run(ctx, n)
	if err != nil {
		return fail(err)
	}
	at := slices.IndexFunc(run.Steps, func(s gemba.Step) bool { return int64(s.Index) == index })
	if at < 0 {
		return fail(gemba.Fail(gemba.NotFound, fmt.Sprintf("Run %d has no step %d", n, index), "", ""))
	}
	lines, err := h.src.Log(ctx, n, int(index), after)
	if err != nil {
		return fail(err)
	}
	return run, stepView{Step: run.Steps[at], Slug: slugsOf(run)[at]}, lines, nil
}

type logPage struct {
	frame
	Run   gemba.Run
	Step  stepView
	Log   logView
	Query string
	Found int // lines with Query in the whole log
	Later int // the line after which the next page begins; 0 when the end is shown
}

// log is a step's log on a page of its own: paged, and searched by the server, so that every line is searched.
func (h *dashboard) log(w http.ResponseWriter, r *http.Request) error {
	run, step, lines, err := h.stepLog(r.Context(), r, 0)
	if err != nil {
		return err
	}
	p := logPage{
		frame: h.frame("runs", fmt.Sprintf("Log of %s, run %d", strings.TrimSpace(step.Stage+" "+step.Name), run.ID)),
		Run:   run, Step: step, Query: strings.TrimSpace(r.URL.Query().Get("q")),
	}
	p.Live = false
	if p.Query != "" {
		p.Log, p.Found = found(lines, run.ID, step, p.Query)
		return h.render(w, http.StatusOK, "log", p)
	}
	before := count(r, "before", 0)
	if at := count(r, "at", 0); at > 0 {
		before = at + 100
	}
	if after := min(count(r, "after", 0), len(lines)); after > 0 {
		p.Log = following(lines[after:], run.ID, step.Index, step.Slug, after, pageBytes)
	} else {
		p.Log = window(lines, run.ID, step.Index, step.Slug, before, pageBytes)
	}
	if p.Log.Next < p.Log.Total {
		p.Later = p.Log.Next
	}
	return h.render(w, http.StatusOK, "log", p)
}

func found(lines []gemba.LogLine, run int64, step stepView, query string) (logView, int) {
	v := logView{Run: run, Step: step.Index, Slug: step.Slug, Total: len(lines), Next: len(lines), First: 1}
	matches, budget := 0, pageBytes
	for i, l := range lines {
		if !strings.Contains(strings.ToLower(l.Text), strings.ToLower(query)) {
			continue
		}
		matches++
		shown := newLogLine(i+1, l)
		if budget -= weight(shown, step.Slug); len(v.Lines) < pageLines && budget > 0 {
			v.Lines = append(v.Lines, shown)
		}
	}
	return v, matches
}

// lines is the fragment that the script adds to an open log: what comes after a line number, or before one, or the end.
func (h *dashboard) lines(w http.ResponseWriter, r *http.Request) error {
	after := count(r, "after", 0)
	_, step, lines, err := h.stepLog(r.Context(), r, after)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(r.PathValue("run"), 10, 64) // stepLog has read it
	var v logView
	if r.URL.Query().Has("after") {
		v = following(lines, n, step.Index, step.Slug, after, pageBytes)
	} else {
		v = window(lines, n, step.Index, step.Slug, count(r, "before", 0), pageBytes)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Gemba-First", strconv.Itoa(v.First))
	w.Header().Set("Gemba-Next", strconv.Itoa(v.Next))
	w.Header().Set("Gemba-Total", strconv.Itoa(v.Total))
	return h.pages["run"].ExecuteTemplate(w, "lines", v)
}

// download is the whole log as text: time, stream, and the line as it was printed without its control sequences.
func (h *dashboard) download(w http.ResponseWriter, r *http.Request) error {
	run, step, lines, err := h.stepLog(r.Context(), r, 0)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-run-%d-%s.log"`, slug(run.Service), run.ID, step.Slug))
	for _, l := range lines {
		if _, err := fmt.Fprintf(w, "%s %-5s %s\n", l.Time.UTC().Format(time.RFC3339), l.Stream, bare(l.Text)); err != nil {
			return nil // the reader went away: nobody is left to tell
		}
	}
	return nil
}

// bare drops control sequences from a line.
func bare(line string) string {
	var b strings.Builder
	for {
		start := strings.IndexByte(line, '\x1b')
		if start < 0 {
			b.WriteString(line)
			return strings.Map(visible, b.String())
		}
		b.WriteString(line[:start])
		_, line = escape(line[start:])
	}
}
