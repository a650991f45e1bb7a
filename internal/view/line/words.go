package line

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Sentence says the whole picture in words, for those who do not see it:
// "guestbook: production serves 77b0fe1 since 14:05; 4f2a91c stopped at test: unit: 2 of 148 failed."
func (l Line) Sentence() string {
	if len(l.Trains) == 0 {
		return fmt.Sprintf("%s: nothing was shipped yet.", l.Service)
	}
	var parts []string
	for i := len(l.Trains) - 1; i >= 0; i-- {
		parts = append(parts, l.Say(l.Trains[i]))
	}
	return fmt.Sprintf("%s: %s.", l.Service, strings.Join(parts, "; "))
}

// Say tells of one train in a clause without a full stop.
func (l Line) Say(t Train) string {
	at, commit := l.At(t.Station), t.Commit.Short()
	more := ""
	if t.Count > 1 {
		more = fmt.Sprintf(" and %d more", t.Count-1)
	}
	reason, why := strings.TrimSpace(printable(t.Why)), ""
	if reason != "" {
		why = ": " + reason
	}
	switch t.State {
	case Arrived:
		return fmt.Sprintf("%s serves %s%s", at, commit, l.since(t.Since))
	case Unwell:
		return fmt.Sprintf("%s has %s, which is unhealthy%s", at, commit, why)
	case Down:
		return fmt.Sprintf("%s has %s, taken down on purpose", at, commit)
	case Moving:
		return fmt.Sprintf("%s%s is at %s", commit, more, at)
	case Waiting:
		if reason != "" {
			why = " " + reason
		}
		verb := "waits"
		if t.Count > 1 {
			verb = "wait"
		}
		return fmt.Sprintf("%s%s %s before %s%s", commit, more, verb, at, why)
	case Asking:
		return fmt.Sprintf("%s asks at %s%s", commit, at, why)
	case PutBack:
		return fmt.Sprintf("%s was put back at %s%s", commit, at, why)
	}
	return fmt.Sprintf("%s stopped at %s%s", commit, at, why)
}

// At names a station where its name alone would not tell: "verify in staging".
func (l Line) At(station int) string {
	s := l.Stations[station]
	if s.Stage != "" && !s.Place {
		return s.Name + " in " + s.Stage
	}
	return s.Name
}

// since is a clock time for today, else a date; it does not grow stale on a page that stays open.
func (l Line) since(t time.Time) string {
	clock := l.clock(t)
	if clock == "" {
		return ""
	}
	return " since " + clock
}

func (l Line) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(l.now.Location())
	switch {
	case t.Format(time.DateOnly) == l.now.Format(time.DateOnly):
		return t.Format("15:04")
	case t.Year() == l.now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// clip shortens to n runes with an ellipsis in the middle, where names differ least.
func clip(s string, n int, ellipsis string) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r, e := []rune(s), []rune(ellipsis)
	if n <= len(e) {
		return string(r[:max(n, 0)])
	}
	tail := (n - len(e)) / 2
	return string(r[:n-len(e)-tail]) + ellipsis + string(r[len(r)-tail:])
}

// cut shortens to n runes with an ellipsis at the end.
func cut(s string, n int, ellipsis string) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:max(0, n-utf8.RuneCountInString(ellipsis))]) + ellipsis
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
}
