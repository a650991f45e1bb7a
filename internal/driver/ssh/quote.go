package ssh

import (
	"strings"

	"gemba"
)

// quote makes one word of a text, for every shell: single quotes, and double quotes around a single quote. A backslash is
// not used, as not every login shell takes it alike.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'" }

// quoteAll quotes each word. A zero byte cannot be handed to a program.
func quoteAll(words []string) (string, error) {
	var quoted []string
	for _, word := range words {
		if strings.ContainsRune(word, 0) {
			return "", gemba.Fail(gemba.Invalid, "an argument of the worker has a zero byte", "no program can be given one", "")
		}
		quoted = append(quoted, quote(word))
	}
	return strings.Join(quoted, " "), nil
}
