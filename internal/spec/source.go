package spec

import (
	"path"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds of a file. The parser recurses, so what nests without end would end the program.
const (
	largestFile   = 256 << 10 // bytes
	deepestNest   = 100       // brackets and quotes open at once
	mostOperators = 1000      // signs, conditions and operators of a file
)

// File is one file of a declaration.
type File struct {
	Name  string // slash path relative to the repository root, as shown in diagnostics
	Bytes []byte
}

// Select returns which entries of a directory are declaration files, sorted:
// gemba.hcl and *.gemba.hcl where there is a gemba.hcl, else every *.hcl that
// is not hidden. Names may be paths of that one directory.
func Select(names []string) []string {
	var named, all []string
	marked := false
	for _, name := range names {
		base := path.Base(name)
		if !strings.HasSuffix(base, ".hcl") || strings.HasPrefix(base, ".") {
			continue
		}
		all = append(all, name)
		marked = marked || base == "gemba.hcl"
		if base == "gemba.hcl" || strings.HasSuffix(base, ".gemba.hcl") {
			named = append(named, name)
		}
	}
	if !marked {
		named = all
	}
	sort.Strings(named)
	return named
}

// parse returns the body of each file that the parser understands well enough to go on with.
func (d *decoder) parse(files []File) (bodies []*hclsyntax.Body, whole bool) {
	whole = true
	for _, f := range files {
		tokens, bounded := d.bounded(f)
		if !bounded {
			whole = false
			continue
		}
		parsed, problems := hclsyntax.ParseConfig(templated(f.Bytes, tokens), f.Name, hcl.InitialPos)
		if !d.adopt(problems) {
			whole = false
		}
		if body, ok := parsed.Body.(*hclsyntax.Body); ok {
			bodies = append(bodies, body)
		}
	}
	return bodies, whole
}

// bounded returns the words of a file, and whether it is small and flat enough for the parser.
func (d *decoder) bounded(f File) (hclsyntax.Tokens, bool) {
	if len(f.Bytes) > largestFile {
		d.fail(start(f.Name), "the file is too large", "A declaration file has at most 256 KiB; this one has "+itoa(len(f.Bytes)>>10)+" KiB.",
			"Split it into several files of the same directory.")
		return nil, false
	}
	tokens, _ := hclsyntax.LexConfig(f.Bytes, f.Name, hcl.InitialPos)
	depth, operators := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			depth--
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenQuestion, hclsyntax.TokenPlus, hclsyntax.TokenStar,
			hclsyntax.TokenSlash, hclsyntax.TokenPercent, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan,
			hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenAnd, hclsyntax.TokenOr:
			operators++
		}
		if depth > deepestNest || operators > mostOperators {
			d.fail(t.Range, "too deeply nested", "Brackets, quotes, conditions or operators nest without end here.", "Close what is open, or make the expression simpler.")
			return nil, false
		}
	}
	return tokens, true
}

// start is the first character of a file.
func start(file string) hcl.Range {
	return hcl.Range{Filename: file, Start: hcl.InitialPos, End: hcl.Pos{Line: 1, Column: 2, Byte: 1}}
}
