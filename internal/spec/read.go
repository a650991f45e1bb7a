package spec

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// kind is how the value of an attribute is written, and read.
type kind struct {
	name   string // in the reference: "duration"
	expect string // in diagnostics: `a duration, such as "5m"`
	script bool   // the text goes to a shell
	read   func(*decoder, attribute, hclsyntax.Expression) (any, bool)
}

// read reads every attribute of a block and of the blocks in it, defaults included.
func (d *decoder) read(n *node) {
	for _, a := range n.block.attributes {
		if v, ok := d.readAttribute(n, a); ok {
			n.values[a.name] = v
		}
	}
	for _, c := range n.children {
		if c.block.resource == nil { // those are read once for each that they stand for
			d.read(c)
		}
	}
}

func (d *decoder) readAttribute(n *node, a attribute) (any, bool) {
	if written := n.written[a.name]; written != nil && !isNull(written.Expr) {
		return a.kind.read(d, a, written.Expr)
	}
	if a.required {
		d.fail(n.header, n.title()+" needs `"+a.name+"`", "Expected "+a.kind.expect+".", "Add `"+a.name+" = "+a.example+"`.")
	}
	if a.initial == "" {
		return nil, false
	}
	// The schema's own text; a test holds that it reads well.
	e, _ := hclsyntax.ParseExpression([]byte(a.initial), "default", hcl.InitialPos)
	return a.kind.read(d, a, e)
}

func isNull(e hclsyntax.Expression) bool {
	literal, ok := e.(*hclsyntax.LiteralValueExpr)
	return ok && literal.Val.IsNull()
}

// misfit is why a value is not of its kind, with a remedy where there is a
// better one than the attribute's example.
type misfit struct{ got, try string }

func (m misfit) Error() string { return m.got }

// wrong records that a value is not of its attribute's kind.
func (d *decoder) wrong(a attribute, at hcl.Range, got string) {
	d.misfits(a, at, misfit{got: got})
}

func (d *decoder) misfits(a attribute, at hcl.Range, err error) {
	try := "For example `" + a.name + " = " + a.example + "`."
	var m misfit
	if errors.As(err, &m) && m.try != "" {
		try = m.try
	}
	d.fail(at, "wrong value for `"+a.name+"`", "Expected "+a.kind.expect+"; "+err.Error()+".", try)
}

// text evaluates an expression that has to be a text without anything that is known only later.
func (d *decoder) text(a attribute, e hclsyntax.Expression) (string, bool) {
	v, ok := d.evaluate(a, e)
	if !ok {
		return "", false
	}
	if v.IsNull() || v.Type() != cty.String {
		d.wrong(a, e.Range(), "this is "+described(v))
		return "", false
	}
	return v.AsString(), true
}

// elements evaluates a list and returns its values, each with its place.
func (d *decoder) elements(a attribute, e hclsyntax.Expression) (values []cty.Value, places []hcl.Range, ok bool) {
	v, ok := d.evaluate(a, e)
	if !ok {
		return nil, nil, false
	}
	if t := v.Type(); v.IsNull() || !(t.IsTupleType() || t.IsListType()) {
		d.wrong(a, e.Range(), "this is "+described(v))
		return nil, nil, false
	}
	values = v.AsValueSlice()
	literal, isLiteral := e.(*hclsyntax.TupleConsExpr)
	for i := range values {
		if isLiteral {
			places = append(places, literal.Exprs[i].Range())
		} else {
			places = append(places, e.Range())
		}
	}
	return values, places, true
}
