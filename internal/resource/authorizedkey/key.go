package authorizedkey

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

// key is one line of an authorized_keys file.
type key struct {
	options string
	kind    string
	text    string // base64: the key itself
	comment string
}

// parsePublic reads a public key, without options.
func parsePublic(text string) (key, error) {
	fields := strings.Fields(text)
	if strings.ContainsAny(text, "\r\n\x00") || len(fields) < 2 {
		return key{}, fmt.Errorf("a public key is one line of a type, a text and a comment, as a .pub file has it")
	}
	if strings.Contains(text, "PRIVATE KEY") {
		return key{}, fmt.Errorf("this is a private key, which goes nowhere; take the .pub file beside it")
	}
	k := key{kind: fields[0], text: fields[1], comment: strings.Join(fields[2:], " ")}
	if !k.valid() {
		return key{}, fmt.Errorf("this is no public key: after %q there is no text of a key of that type", k.kind)
	}
	return k, nil
}

// valid reports whether the text is one of a key of its type: it begins with the length and the name of it (RFC 4253, section 6.6).
func (k key) valid() bool {
	blob, err := base64.StdEncoding.DecodeString(k.text)
	if err != nil || len(blob) < 4 {
		return false
	}
	n := binary.BigEndian.Uint32(blob)
	return n > 0 && uint64(n)+4 < uint64(len(blob)) && string(blob[4:4+n]) == k.kind
}

// parseLine reads a line of the file; false for a comment, an empty line, and what sshd would pass over as well.
func parseLine(line string) (key, bool) {
	line = strings.Trim(line, " \t")
	if line == "" || line[0] == '#' {
		return key{}, false
	}
	if k, err := parsePublic(line); err == nil {
		return k, true
	}
	end := optionsEnd(line)
	k, err := parsePublic(line[end:])
	k.options = line[:end]
	return k, err == nil
}

// optionsEnd is where the options end: at the first blank that no quotes are around.
func optionsEnd(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line) && line[i+1] == '"':
			i++
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			return i
		}
	}
	return len(line)
}

func (k key) String() string {
	words := []string{k.kind, k.text}
	if k.options != "" {
		words = append([]string{k.options}, words...)
	}
	if k.comment != "" {
		words = append(words, k.comment)
	}
	return strings.Join(words, " ")
}

// name is how people tell keys apart: the comment, or the type and the end of the text.
func (k key) name() string {
	end := k.kind + " …" + k.text[max(len(k.text)-12, 0):]
	if k.comment != "" {
		return k.comment + " (" + end + ")"
	}
	return end
}
