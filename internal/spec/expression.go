package spec

import (
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"gemba/internal/near"
)

// evaluate returns the value of an expression, after holding it against the
// names that may stand there. It is false where something was wrong, or not known because of an earlier mistake.
func (d *decoder) evaluate(a attribute, e hclsyntax.Expression) (cty.Value, bool) {
	good := d.sound(e)
	good = d.indexed(a, e) && good
	for _, t := range e.Variables() {
		good = d.refers(a, t) && good
	}
	if !good {
		return cty.NilVal, false
	}
	v, problems := e.Value(d.scope.context)
	if !d.adopt(problems) || problems.HasErrors() {
		return cty.NilVal, false
	}
	return v, v.IsWhollyKnown()
}

// sound reports whether the expression calls only what exists, decides
// nothing by a value that is known only later, and has no number beyond all use.
func (d *decoder) sound(e hclsyntax.Expression) bool {
	good := true
	hclsyntax.VisitAll(e, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.FunctionCallExpr:
			good = d.callable(n) && good
		case *hclsyntax.LiteralValueExpr:
			good = d.countable(n) && good
		case *hclsyntax.ConditionalExpr:
			good = d.settled(n.Condition) && good
		case *hclsyntax.BinaryOpExpr:
			good = d.settled(n) && good
		case *hclsyntax.UnaryOpExpr:
			good = d.settled(n) && good
		case *hclsyntax.IndexExpr:
			good = d.settled(n.Key) && good
		case *hclsyntax.ForExpr:
			good = d.settled(n) && good
		}
		return nil
	})
	return good
}

func (d *decoder) callable(call *hclsyntax.FunctionCallExpr) bool {
	known := []string{"http", "tcp", "command"}
	for _, name := range known {
		if call.Name == name {
			return true
		}
	}
	d.fail(call.NameRange, "no function `"+call.Name+"`", "", suggest(call.Name, known, ""))
	return false
}

// countable refuses numbers whose digits would fill the memory.
func (d *decoder) countable(literal *hclsyntax.LiteralValueExpr) bool {
	if literal.Val.Type() != cty.Number || literal.Val.IsNull() {
		return true
	}
	number := literal.Val.AsBigFloat()
	if exponent := number.MantExp(nil); !number.IsInf() && exponent < 512 && exponent > -512 {
		return true
	}
	d.fail(literal.SrcRange, "the number is too large or too small", "Expected a number between 1e-150 and 1e150.", "Write a smaller number, or put it in quotes if it is a text.")
	return false
}

// settled refuses to decide by a value that is known only when a process starts.
func (d *decoder) settled(e hclsyntax.Expression) bool {
	for _, t := range e.Variables() {
		if root := t.RootName(); root == "port" || root == "data" || root == "secret" || root == "facts" {
			when := "when the process starts"
			if root == "facts" || d.scope.near != nil {
				when = "on the host"
			}
			d.fail(t.SourceRange(), "`"+root+"` cannot be computed with", "Its value is known only "+when+".", "Put it into a text, such as \"${"+spelled(t)+"}\".")
			return false
		}
	}
	return true
}

// refers reports whether a reference leads to something, and may stand in this attribute.
func (d *decoder) refers(a attribute, t hcl.Traversal) bool {
	root := t.RootName()
	if d.scope.near != nil && d.scope.near.kinds[root] {
		return d.neighbour(a, t)
	}
	switch root {
	case "each", "count":
		return d.turn(a, t)
	case "facts":
		return d.fact(a, t)
	case "port":
		return d.allowed(a, allowPort, t, "`port` is known only to a process", "It may stand in the `command` and `env` of a process.")
	case "data":
		return d.allowed(a, allowData, t, "`data` is known only to a process", "It may stand in the `command` and `env` of a process, and in the `env` of a deploy.")
	case "secret":
		if a.allows&allowSecrets == 0 && d.scope.near != nil {
			d.fail(t.SourceRange(), "a secret cannot stand in "+a.spelled(), "What stands there can be seen by others: in plans, in diffs and in the pages.", d.scope.near.secretive())
			return false
		}
		if a.allows&allowSecrets == 0 {
			d.fail(t.SourceRange(), "a secret cannot stand in `"+a.name+"`", "What stands there can be seen by others: in lists of processes, in logs or in the pages.",
				"Put it in `env = { NAME = "+spelled(t)+" }`, and read NAME there.")
			return false
		}
		return d.member(t)
	case "var", "service", "environment":
		return d.member(t)
	default:
		d.unknownRoot(a, t, root)
		return false
	}
}

func (d *decoder) allowed(a attribute, symbol symbols, t hcl.Traversal, what, why string) bool {
	if a.allows&symbol != 0 {
		return true
	}
	try := "Write the value itself."
	if a.kind.script {
		try = "For a variable of the shell, write $${" + t.RootName() + "}."
	}
	d.fail(t.SourceRange(), what, why, try)
	return false
}

// member checks the second name of a reference such as var.colour.
func (d *decoder) member(t hcl.Traversal) bool {
	root := t.RootName()
	kind := root
	if root == "var" {
		kind = "variable"
	}
	name, ok := second(t)
	if !ok {
		d.fail(t.SourceRange(), "`"+root+"` alone says nothing", "Expected the name of a "+kind+" after it.", suggest(root, prefixed(root, d.names.of(kind)), "Declare `"+kind+" \"NAME\" { … }` and write "+root+".NAME."))
		return false
	}
	if d.names.has(kind, name) {
		return true
	}
	d.fail(t.SourceRange(), "no "+kind+" `"+name+"`", "Nothing of that name is declared.",
		suggest(name, d.names.of(kind), "Declare it: `"+kind+" \""+name+"\" { … }`."))
	return false
}

func (d *decoder) unknownRoot(a attribute, t hcl.Traversal, root string) {
	roots := d.scope.roots()
	if area := d.scope.near; area != nil && a.refers != "" {
		if root == a.refers {
			d.fail(t.SourceRange(), "resources of the kind `"+root+"` are not known yet", "So none can be referred to.", "Write the name as a text.")
			return
		}
		roots = append(roots, a.refers)
	}
	why := "Known names: " + quoteAll(roots) + "."
	if a.kind.script {
		d.fail(t.SourceRange(), "unknown name `"+root+"` in a script", why, "If the shell should see ${"+root+"}, write $${"+root+"}.")
		return
	}
	try := "For a text, put it in quotes; for a text that really has ${" + root + "} in it, write $${" + root + "}."
	if meant := near.Meant(root, roots); meant != "" {
		try = "Did you mean `" + meant + "`?"
	}
	d.fail(t.SourceRange(), "unknown name `"+root+"`", why, try)
}

// second returns the name after the root of a reference: x of var.x and of var["x"].
func second(t hcl.Traversal) (string, bool) {
	if len(t) < 2 {
		return "", false
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

func spelled(t hcl.Traversal) string {
	if name, ok := second(t); ok {
		return t.RootName() + "." + name
	}
	return t.RootName()
}

func prefixed(root string, names []string) []string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = root + "." + n
	}
	return list
}

// whole returns a number as an int when it is one.
func whole(v cty.Value) (int, bool) {
	n, accuracy := v.AsBigFloat().Int64()
	return int(n), accuracy == big.Exact
}
