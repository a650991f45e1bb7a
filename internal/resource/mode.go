package resource

import (
	"fmt"
	"strconv"
	"strings"
)

// Mode is declared permissions: octal, or symbolic as chmod(1) takes them, which depend on what is there.
type Mode struct {
	text    string
	clauses []clause
	octal   uint32
}

// clause is one part of a symbolic mode: who, an operator, and permissions.
type clause struct {
	who  uint32 // mask of the permission bits that it is about
	op   byte
	perm string
}

// ParseMode reads permissions.
func ParseMode(text string) (Mode, error) {
	m := Mode{text: text}
	if text == "" {
		return m, fmt.Errorf("a mode is octal, such as \"0644\", or symbolic, such as \"u=rw,go=r\"")
	}
	if strings.Trim(text, "01234567") == "" {
		n, err := strconv.ParseUint(text, 8, 32)
		if err != nil || n > 0o7777 {
			return m, fmt.Errorf("the mode %q is more than 7777", text)
		}
		m.octal = uint32(n)
		return m, nil
	}
	for _, part := range strings.Split(text, ",") {
		c, err := parseClause(part)
		if err != nil {
			return m, fmt.Errorf("the mode %q: %w", text, err)
		}
		m.clauses = append(m.clauses, c...)
	}
	return m, nil
}

func parseClause(part string) ([]clause, error) {
	i := strings.IndexAny(part, "+-=")
	if i < 0 {
		return nil, fmt.Errorf("%q has none of + - =", part)
	}
	who := uint32(0)
	for _, c := range part[:i] {
		switch c {
		case 'u':
			who |= 0o4700
		case 'g':
			who |= 0o2070
		case 'o':
			who |= 0o1007
		case 'a':
			who |= 0o7777
		default:
			return nil, fmt.Errorf("%q is none of u, g, o and a", c)
		}
	}
	if i == 0 {
		who = 0o7777
	}
	var clauses []clause
	for rest := part[i:]; rest != ""; {
		end := strings.IndexAny(rest[1:], "+-=") + 1
		if end == 0 {
			end = len(rest)
		}
		perm := rest[1:end]
		if strings.Trim(perm, "rwxXst") != "" && perm != "u" && perm != "g" && perm != "o" {
			return nil, fmt.Errorf("%q is no permission: r, w, x, X, s, t, or one of u, g, o", perm)
		}
		clauses = append(clauses, clause{who, rest[0], perm})
		rest = rest[end:]
	}
	return clauses, nil
}

// String is the mode as it was declared.
func (m Mode) String() string { return m.text }

// Of is the mode that a file of the current one has to have.
func (m Mode) Of(current uint32, directory bool) uint32 {
	if m.clauses == nil {
		return m.octal
	}
	for _, c := range m.clauses {
		bits := c.bits(current, directory) & c.who
		switch c.op {
		case '+':
			current |= bits
		case '-':
			current &^= bits
		case '=':
			current = current&^(c.who&0o777) | bits
		}
	}
	return current
}

func (c clause) bits(current uint32, directory bool) uint32 {
	spread := func(three uint32) uint32 { return three<<6 | three<<3 | three }
	switch c.perm {
	case "u":
		return spread(current >> 6 & 7)
	case "g":
		return spread(current >> 3 & 7)
	case "o":
		return spread(current & 7)
	}
	var bits uint32
	for _, p := range c.perm {
		switch p {
		case 'r':
			bits |= 0o444
		case 'w':
			bits |= 0o222
		case 'x':
			bits |= 0o111
		case 'X':
			if directory || current&0o111 != 0 {
				bits |= 0o111
			}
		case 's':
			bits |= 0o6000
		case 't':
			bits |= 0o1000
		}
	}
	return bits
}

// ShowMode writes permissions as people write them: four octal digits.
func ShowMode(mode uint32) string { return fmt.Sprintf("%04o", mode) }

// Symbolic reports whether it depends on what is there.
func (m Mode) Symbolic() bool { return m.clauses != nil }
