package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
)

// Hosts says whether a host needs somebody, then what is known of each. A pipe gets a line for each host: environment,
// name, profile, state, how many changes would put it right, since when it differs, address, when it was last looked at,
// when it was last applied, the commit of that, and why it does not answer.
func Hosts(w io.Writer, t Terminal, hosts []gemba.HostState, now time.Time) error {
	hosts = HostsInOrder(hosts)
	tb := hostTable(t, hosts, now)
	var p page
	switch {
	case !t.TTY:
	case len(hosts) == 0:
		p.lines(wrap("No host is known yet. Declare a host, a profile, and a group that joins them in an environment; then look at it:", t.width(), "  "))
		p.line("  next  gemba plan")
		return p.to(w)
	default:
		p.lines(hostNews(t, hosts))
		p.line()
	}
	p.lines(tb.render(t))
	return p.to(w)
}

func hostTable(t Terminal, hosts []gemba.HostState, now time.Time) *table {
	tb := &table{columns: []column{
		{title: "environment", exact: true}, {title: "host", worth: 3, least: 20}, {title: "profile", worth: 4, least: 6, optional: true}, {title: "state"},
		{title: "changes", right: true, worth: 8, optional: true}, {title: "since", worth: 7, optional: true}, {title: "address", worth: 2, least: 12, optional: true},
		{title: "looked at", worth: 6, optional: true}, {title: "applied", worth: 5, optional: true}, {title: "commit", worth: 1, optional: true}, {title: "why", exact: true},
	}}
	environment := ""
	for i, h := range hosts {
		if i == 0 || h.Target.Environment != environment {
			environment = h.Target.Environment
			tb.group([]string{t.paint(bold, t.text(environment))})
		}
		applied := timeCell(h.Applied, now)
		if h.Applied.IsZero() && t.TTY {
			applied.text = "never"
		}
		tb.row(cell{text: t.text(environment)}, cell{text: "  " + t.text(h.Target.Host.Name), whole: t.text(h.Target.Host.Name)},
			cell{text: t.text(h.Target.Profile)}, standingCell(t, h.Standing()), number(len(h.Changes)), timeCell(h.Since, now),
			cell{text: t.text(HostAddress(h.Target.Host))}, timeCell(h.Observed, now), applied,
			cell{text: gemba.Commit{Hash: h.Commit}.Short(), whole: h.Commit}, cell{text: t.text(h.Error)})
	}
	return tb
}

func standingCell(t Terminal, s gemba.Standing) cell {
	c := cell{text: string(s), whole: string(s)}
	mark := ""
	switch s {
	case gemba.AsDeclared:
		mark, c.style = t.sign("✓ ", ""), green
	case gemba.Differs:
		mark, c.style = "! ", yellow
	case gemba.Silent:
		mark, c.style = t.sign("✗ ", "x "), red
	default:
		mark = t.sign("○ ", "- ")
	}
	c.text = mark + c.text
	return c
}

// HostAddress says how a host is reached: "ana@10.0.0.2:2222", "this machine".
func HostAddress(h gemba.Host) string {
	if h.Kind == gemba.HostLocal {
		return "this machine"
	}
	address := h.Address
	if h.Port != 0 {
		if strings.Contains(address, ":") {
			address = "[" + address + "]"
		}
		address += ":" + strconv.Itoa(h.Port)
	}
	if h.User != "" {
		address = h.User + "@" + address
	}
	return address
}

// HostsInOrder sorts by environment and name, and web-2 before web-10.
func HostsInOrder(hosts []gemba.HostState) []gemba.HostState {
	hosts = slices.Clone(hosts)
	slices.SortStableFunc(hosts, func(a, b gemba.HostState) int {
		return cmp.Or(cmp.Compare(a.Target.Environment, b.Target.Environment), byNumber(a.Target.Host.Name, b.Target.Host.Name))
	})
	return hosts
}

// byNumber compares names whose end may be a number.
func byNumber(a, b string) int {
	stem := func(s string) (string, int) {
		bare := strings.TrimRight(s, "0123456789")
		n, err := strconv.Atoi(s[len(bare):])
		if err != nil {
			return s, 0
		}
		return bare, n
	}
	as, an := stem(a)
	bs, bn := stem(b)
	return cmp.Or(cmp.Compare(as, bs), cmp.Compare(an, bn), cmp.Compare(a, b))
}

// HostsSentence answers whether a host needs somebody: "2 of 10 hosts differ from what is declared; 1 does not answer."
func HostsSentence(hosts []gemba.HostState) string {
	var clauses []string
	for _, s := range []gemba.Standing{gemba.Differs, gemba.Silent, gemba.NeverApplied} {
		n := len(Standing(hosts, s))
		if n == 0 {
			continue
		}
		who := human.Count(int64(n))
		switch {
		case len(hosts) == 1:
			who = "The only host"
		case len(clauses) == 0:
			who += " of " + human.Count(int64(len(hosts))) + " hosts"
		}
		clauses = append(clauses, who+" "+StandingWords(s, n))
	}
	switch {
	case len(clauses) > 0:
		return strings.Join(clauses, "; ") + "."
	case len(hosts) == 1:
		return "The only host is as declared."
	case len(hosts) == 2:
		return "Both hosts are as declared."
	}
	return fmt.Sprintf("All %s hosts are as declared.", human.Count(int64(len(hosts))))
}

// StandingWords is what n hosts are said to do.
func StandingWords(s gemba.Standing, n int) string {
	words := map[gemba.Standing][2]string{
		gemba.AsDeclared: {"is as declared", "are as declared"}, gemba.Differs: {"differs from what is declared", "differ from what is declared"},
		gemba.Silent: {"does not answer", "do not answer"}, gemba.NeverApplied: {"was never applied", "were never applied"},
	}[s]
	if n == 1 {
		return words[0]
	}
	return words[1]
}

// Standing are the hosts that stand in this way.
func Standing(hosts []gemba.HostState, s gemba.Standing) []gemba.HostState {
	var some []gemba.HostState
	for _, h := range hosts {
		if h.Standing() == s {
			some = append(some, h)
		}
	}
	return some
}
