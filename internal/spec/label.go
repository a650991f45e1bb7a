package spec

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// HCL takes no ${…} in a label, and the names of resources that a block makes several of need it.
// So the ends of one are written as these for the parser, byte for byte, and every place stays where it is.
// No label can hold them otherwise: they are control characters.
const (
	labelOpen  = "\x01\x02" // ${
	labelClose = "\x03"     // }
)

// templated returns a file's text as the parser takes it.
func templated(text []byte, tokens hclsyntax.Tokens) []byte {
	var marked []byte
	for i := 0; i < len(tokens); i++ {
		if !opensStatement(tokens, i) {
			continue
		}
		for next := i + 1; next < len(tokens) && tokens[next].Type == hclsyntax.TokenOQuote; i = next - 1 {
			last, good := labelEnd(tokens, next)
			if !good {
				break
			}
			for _, t := range tokens[next:last] {
				if t.Type != hclsyntax.TokenTemplateInterp && t.Type != hclsyntax.TokenTemplateSeqEnd {
					continue
				}
				if marked == nil {
					marked = bytes.Clone(text)
				}
				mark := labelOpen
				if t.Type == hclsyntax.TokenTemplateSeqEnd {
					mark = labelClose
				}
				copy(marked[t.Range.Start.Byte:], mark)
			}
			next = last + 1
		}
	}
	if marked == nil {
		return text
	}
	return marked
}

// opensStatement reports whether a token is the first word of a line or of a body.
func opensStatement(tokens hclsyntax.Tokens, i int) bool {
	if tokens[i].Type != hclsyntax.TokenIdent {
		return false
	}
	if i == 0 {
		return true
	}
	switch tokens[i-1].Type {
	case hclsyntax.TokenNewline, hclsyntax.TokenOBrace, hclsyntax.TokenComment:
		return true
	}
	return false
}

// labelEnd returns the quote that ends the label which begins at i. It is not good where the label holds a text of its own,
// or is not closed: the parser says what is wrong with that.
func labelEnd(tokens hclsyntax.Tokens, i int) (end int, good bool) {
	for j, t := range tokens[i+1:] {
		switch t.Type {
		case hclsyntax.TokenCQuote:
			return i + 1 + j, true
		case hclsyntax.TokenTemplateInterp:
			if len(t.Bytes) != len(labelOpen) {
				return 0, false
			}
		case hclsyntax.TokenTemplateSeqEnd:
			if len(t.Bytes) != len(labelClose) {
				return 0, false
			}
		case hclsyntax.TokenQuotedLit, hclsyntax.TokenIdent, hclsyntax.TokenDot, hclsyntax.TokenNumberLit, hclsyntax.TokenPlus,
			hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent, hclsyntax.TokenOBrack,
			hclsyntax.TokenCBrack, hclsyntax.TokenOParen, hclsyntax.TokenCParen:
		default:
			return 0, false
		}
	}
	return 0, false
}

// restored is a label as it was written.
func restored(label string) string {
	return strings.NewReplacer(labelOpen, "${", labelClose, "}").Replace(label)
}

// expandLabel puts values into the label of a block.
func (d *decoder) expandLabel(n *node) (string, bool) {
	var b strings.Builder
	rest, column, good := n.template, n.labelAt.Start.Column+1, true
	for {
		before, after, found := strings.Cut(rest, labelOpen)
		b.WriteString(before)
		if !found {
			return b.String(), good
		}
		inner, tail, _ := strings.Cut(after, labelClose)
		column += len([]rune(before)) + len("${")
		text, ok := d.labelPart(n, inner, column)
		good = ok && good
		b.WriteString(text)
		column += len([]rune(inner)) + len("}")
		rest = tail
	}
}

// labelPart evaluates what stands between ${ and } of a label.
func (d *decoder) labelPart(n *node, text string, column int) (string, bool) {
	begin := n.labelAt.Start
	begin.Column = column
	e, problems := hclsyntax.ParseExpression([]byte(text), n.labelAt.Filename, begin)
	if problems.HasErrors() {
		d.adopt(problems)
		return "", false
	}
	v, ok := d.evaluate(attribute{label: true}, e)
	if !ok {
		return "", false
	}
	shown, ok := asText(v)
	if !ok {
		d.fail(e.Range(), "wrong value in a name", "Expected a text or a whole number; this is "+described(v)+".", "For example ${each.key} or ${count.index}.")
	}
	return shown, ok
}
