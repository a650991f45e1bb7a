package sqlite

import (
	"strings"

	"gemba/internal/ledger"
)

const defaultEvents = 1000

// selectEvents writes the query for the leaves that match, in order of seq.
func selectEvents(q ledger.Query) (string, []any) {
	var c conditions
	c.add(q.After > 0, "seq > ?", q.After)
	c.add(q.Before > 0, "seq < ?", q.Before)
	c.match("subject", q.Subject, "/")
	c.match("kind", q.Kind, ".")
	c.add(q.Run != 0, "run = ?", q.Run)
	c.add(!q.Since.IsZero(), "time >= ?", q.Since.UnixMicro())

	limit := q.Limit
	if limit <= 0 {
		limit = defaultEvents
	}
	args := append(c.args, limit)
	if q.Newest {
		return `SELECT leaf FROM (SELECT seq, leaf FROM events` + c.where() + ` ORDER BY seq DESC LIMIT ?) ORDER BY seq`, args
	}
	return `SELECT leaf FROM events` + c.where() + ` ORDER BY seq LIMIT ?`, args
}

// conditions are what a row has to meet, all of it.
type conditions struct {
	terms []string
	args  []any
}

func (c *conditions) add(wanted bool, term string, args ...any) {
	if wanted {
		c.terms = append(c.terms, term)
		c.args = append(c.args, args...)
	}
}

// match compares a column with a text, or, when the text ends in the
// separator, with a prefix. The range finds a prefix by the index, and takes
// "%" and "_" as they are.
func (c *conditions) match(column, text, separator string) {
	if prefix, is := strings.CutSuffix(text, separator); is {
		c.add(true, column+" >= ? AND "+column+" < ?", text, prefix+string(separator[0]+1))
		return
	}
	c.add(text != "", column+" = ?", text)
}

func (c *conditions) where() string {
	if len(c.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.terms, " AND ")
}
