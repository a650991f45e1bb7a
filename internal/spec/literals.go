package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// variableType is the type of a variable, written as a word and not as a text.
func variableType() kind {
	return kind{name: "type", expect: "one of `string`, `number`, `bool`, `list(string)`, `map(string)`", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		switch hcl.ExprAsKeyword(e) {
		case "string":
			return cty.String, true
		case "number":
			return cty.Number, true
		case "bool":
			return cty.Bool, true
		}
		if call, problems := hcl.ExprCall(e); !problems.HasErrors() && len(call.Arguments) == 1 && hcl.ExprAsKeyword(call.Arguments[0]) == "string" {
			switch call.Name {
			case "list":
				return cty.List(cty.String), true
			case "map":
				return cty.Map(cty.String), true
			}
		}
		d.wrong(a, e.Range(), "this is another one")
		return nil, false
	}}
}

// literal is a value without references.
func literal() kind {
	return kind{name: "value", expect: "a value without references", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		if references := e.Variables(); len(references) > 0 {
			d.wrong(a, references[0].SourceRange(), "this refers to something")
			return nil, false
		}
		v, ok := d.evaluate(a, e)
		return v, ok
	}}
}

// nameOf is a reference to a block at the top.
func nameOf(block, example string) kind {
	return kind{name: block, expect: "a reference such as `" + example + "`, without quotes", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		t, problems := hcl.AbsTraversalForExpr(e)
		if problems.HasErrors() || t.RootName() != block || len(t) > 2 {
			d.wrong(a, e.Range(), "this is something else")
			return nil, false
		}
		if !d.member(t) {
			return nil, false
		}
		name, _ := second(t)
		return name, true
	}}
}
