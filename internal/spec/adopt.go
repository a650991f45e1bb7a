package spec

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// adopt records what the HCL library found, with a remedy of ours. It reports
// whether decoding may go on.
func (d *diagnosis) adopt(problems hcl.Diagnostics) bool {
	good := true
	for _, p := range problems {
		at := hcl.Range{}
		switch {
		case p.Subject != nil:
			at = *p.Subject
		case p.Context != nil:
			at = *p.Context
		}
		why := strings.Join(strings.Fields(p.Detail), " ")
		if p.Severity == hcl.DiagWarning {
			d.warn(at, lowerFirst(p.Summary), why, d.remedy(p, at))
			continue
		}
		d.fail(at, lowerFirst(p.Summary), why, d.remedy(p, at))
		// The first of two attributes stands; everything else can still be checked.
		good = good && p.Summary == "Attribute redefined"
	}
	return good
}

// remedy says what to do about a mistake that the HCL library found.
func (d *diagnosis) remedy(p *hcl.Diagnostic, at hcl.Range) string {
	summary, line := strings.ToLower(p.Summary), d.line(at.Filename, at.Start.Line)
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(summary, part) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.Contains(p.Detail, "single-line block"):
		return "Put each setting and each block on a line of its own."
	case strings.Contains(p.Detail, "Template sequences are not allowed"):
		return "In the name of a resource, ${…} may hold each.key, each.value, count.index or var.NAME, without quotes inside; other names hold none."
	case has("attribute redefined"):
		return "Keep one of the two."
	case strings.Contains(line, "%{") && has("template", "directive", "keyword", "marker"):
		return "For a text that really has %{ in it, write %%{."
	case strings.Contains(line, "${") && has("interpolation", "template", "variable name", "attribute name", "invalid character", "expression"):
		return "If the shell or the program should see ${…}, write $${…}."
	case has("function argument", "not enough", "too many"):
		return "The functions are http(\"/path\"), tcp() and command(\"…\")."
	case strings.ContainsAny(line, "“”‘’"):
		return `Write straight quotes: ".`
	case has("unclosed configuration block"):
		return "Add the } that is missing; the block that is open is named above."
	case has("unterminated", "unclosed", "unbalanced", "invalid multi-line string", "missing close"):
		return "Close what is open: \", ), ] or }. A text over several lines is a heredoc: <<EOT, the lines, EOT."
	case has("escape sequence"):
		return `Write \\ for one backslash.`
	case has("argument definition", "argument or block", "invalid argument name", "missing newline"):
		return "A setting is `name = value`, one on each line; a block is `name \"label\" { … }`."
	case has("single-argument block", "block definition", "newline after block"):
		return "A block is `name \"label\" {`, its settings on lines of their own, then `}`."
	case has("encoding", "character", "invalid"):
		return "Take it out, or put it in quotes if it is part of a text."
	case has("missing expression", "missing"):
		return "Write a value: a text in quotes, a number, true or false, or a [list]."
	case has("unsupported attribute", "index", "element", "key"):
		return "Refer to something that exists, such as var.NAME."
	}
	return "Write a plain value instead: a text in quotes, a number, true or false, or a [list]."
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
