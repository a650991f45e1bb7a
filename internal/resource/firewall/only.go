package firewall

import (
	"fmt"
	"slices"
	"strings"
)

// onlyTable refuses a text that does something else than to define one table: `flush ruleset` in it would take the rules of others away.
func onlyTable(text, table string) error {
	depth, found := 0, false
	var head strings.Builder
	end := func() error {
		words := strings.Fields(head.String())
		head.Reset()
		switch {
		case len(words) == 0 || words[0] == "define":
		case slices.Equal(words, append([]string{"table"}, strings.Fields(table)...)):
			found = true
		default:
			return fmt.Errorf("it is to be the table %s alone, and says %q; name another table with `table`, or take it out", table, strings.Join(words, " "))
		}
		return nil
	}
	quoted, comment := false, false
	for _, c := range text {
		switch {
		case comment:
			comment = c != '\n'
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '#':
			comment = true
			continue
		case c == '{':
			if depth == 0 {
				if err := end(); err != nil {
					return err
				}
			}
			depth++
			continue
		case c == '}':
			if depth--; depth < 0 {
				return fmt.Errorf("it has a '}' that closes nothing")
			}
			continue
		case (c == '\n' || c == ';') && depth == 0:
			if err := end(); err != nil {
				return err
			}
			continue
		}
		if depth == 0 {
			head.WriteRune(c)
		}
	}
	if err := end(); err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("it does not define the table %s", table)
	}
	return nil
}
