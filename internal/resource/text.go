package resource

import (
	"fmt"
	"strings"
)

// Text is a text file that a kind changes a part of. Links are followed: what is edited is where they lead.
type Text struct {
	Info
	Path    string `json:"path"`
	Content string `json:"content"`
}

// ReadText reads a text file; one that is not there is Absent and empty.
func ReadText(files Files, name string) (Text, error) {
	at, info, err := Follow(files, name)
	t := Text{Info: info, Path: at}
	if err != nil || info.Type == Absent {
		return t, err
	}
	if info.Type != Regular {
		return t, fmt.Errorf("%s is a %s, no text", at, info.Type)
	}
	content, err := files.ReadFile(at)
	t.Content = string(content)
	return t, err
}

// Write puts another content in the place of a text. A file that is there keeps its mode and owner; a new one gets 0644 and root.
func (t Text) Write(files Files, content string) error {
	meta := Meta{Mode: 0o644}
	if t.Type == Regular {
		meta = Meta{Mode: t.Mode, UID: t.UID, GID: t.GID}
	}
	return files.Write(t.Path, strings.NewReader(content), meta)
}

// Lines are the lines of a text, and how they end.
type Lines struct {
	All  []string // without their ends
	end  string   // "\n" or "\r\n", as the first one has it
	open bool     // the last line has no end
	ends []string // of those that were read, for the few files that mix them
}

// SplitLines takes a text apart.
func SplitLines(content string) Lines {
	l := Lines{end: "\n"}
	for line := range strings.Lines(content) {
		text, closed := strings.CutSuffix(line, "\n")
		bare, carriage := strings.CutSuffix(text, "\r")
		end := ""
		switch {
		case closed && carriage:
			text, end = bare, "\r\n"
		case closed:
			end = "\n"
		}
		if len(l.All) == 0 && end != "" {
			l.end = end
		}
		l.All, l.ends, l.open = append(l.All, text), append(l.ends, end), !closed
	}
	return l
}

// Insert puts lines at an index.
func (l *Lines) Insert(at int, texts ...string) {
	if at == len(l.All) && at > 0 && l.open {
		l.ends[at-1], l.open = l.end, false
	}
	ends := make([]string, len(texts))
	for i := range ends {
		ends[i] = l.end
	}
	l.All = append(l.All[:at:at], append(texts[:len(texts):len(texts)], l.All[at:]...)...)
	l.ends = append(l.ends[:at:at], append(ends, l.ends[at:]...)...)
}

// Set puts another line in the place of one. An empty one is a line only with an end.
func (l *Lines) Set(at int, text string) {
	l.All[at] = text
	if text == "" && l.ends[at] == "" {
		l.ends[at], l.open = l.end, false
	}
}

// Delete takes the lines of [from, to) out.
func (l *Lines) Delete(from, to int) {
	if from == to {
		return
	}
	if to == len(l.All) {
		l.open = from > 0 && l.ends[from-1] == ""
	}
	l.All = append(l.All[:from:from], l.All[to:]...)
	l.ends = append(l.ends[:from:from], l.ends[to:]...)
}

// String joins the lines again; what was not changed is as it was, to the byte.
func (l Lines) String() string {
	var b strings.Builder
	for i, line := range l.All {
		b.WriteString(line)
		b.WriteString(l.ends[i])
	}
	return b.String()
}
