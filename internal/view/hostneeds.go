package view

import (
	"fmt"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// hostNews is the answer to "does a host need me?", with why and what to do.
func hostNews(t Terminal, hosts []gemba.HostState) []string {
	if len(Standing(hosts, gemba.AsDeclared)) == len(hosts) {
		return t.say(t.good(), "%s", HostsSentence(hosts))
	}
	mark := t.note()
	silent := Standing(hosts, gemba.Silent)
	if len(silent) > 0 {
		mark = t.bad()
	}
	lines := t.say(mark, "%s", HostsSentence(hosts))
	const most = 5
	for _, h := range silent[:min(len(silent), most)] {
		lines = append(lines, wrap("  "+t.text(h.Target.Host.Name)+because(t, h.Error)+".", t.width(), "    ")...)
	}
	if more := len(silent) - most; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s", human.Plural(int64(more), "other", "others")))
	}
	if wrong := append(Standing(hosts, gemba.Differs), Standing(hosts, gemba.NeverApplied)...); len(wrong) > 0 {
		lines = append(lines, "  next  "+t.text(putRight(wrong)))
	}
	return lines
}

// putRight is the command that brings hosts to what is declared; many hosts are all of them.
func putRight(hosts []gemba.HostState) string {
	const most = 3
	command := "gemba apply"
	if len(hosts) > most {
		return command
	}
	for _, h := range hosts {
		command += " " + h.Target.Host.Name
	}
	return command
}

// hostNeeds are the sentences of a status about hosts: one for each way in which some of them need somebody.
func hostNeeds(t Terminal, hosts []gemba.HostState, now time.Time) []string {
	hosts = HostsInOrder(hosts)
	var lines []string
	for _, s := range []gemba.Standing{gemba.Silent, gemba.Differs, gemba.NeverApplied} {
		some := Standing(hosts, s)
		mark := t.note()
		if s == gemba.Silent {
			mark = t.bad()
		}
		switch len(some) {
		case 0:
			continue
		case 1:
			lines = append(lines, t.say(mark, "Host %s in %s %s%s.", t.text(some[0].Target.Host.Name), t.text(some[0].Target.Environment), StandingWords(s, 1), t.hostDetail(some[0], now))...)
		default:
			lines = append(lines, t.say(mark, "%d hosts %s: %s.", len(some), StandingWords(s, len(some)), t.text(list(hostNames(some), 5)))...)
		}
		if s == gemba.Silent {
			lines = append(lines, "  see   gemba hosts")
		} else {
			lines = append(lines, "  next  "+t.text(putRight(some)))
		}
	}
	return lines
}

// hostDetail says what is wrong with a host: why it does not answer, or how much differs since when.
func (t Terminal) hostDetail(h gemba.HostState, now time.Time) string {
	switch {
	case h.Error != "":
		return because(t, h.Error)
	case len(h.Changes) == 0:
		return ""
	}
	detail := ": " + human.Plural(int64(len(h.Changes)), "change", "changes")
	if h.Standing() == gemba.Differs && !h.Since.IsZero() {
		detail += ", first seen " + human.Ago(h.Since, now)
	}
	return detail
}

func hostNames(hosts []gemba.HostState) []string {
	var names []string
	for _, h := range hosts {
		names = append(names, strings.TrimSpace(h.Target.Host.Name))
	}
	return names
}
