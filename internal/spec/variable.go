package spec

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// prefix of the environment variables that give values to variables.
const environPrefix = "GEMBA_VAR_"

// Variables lists the variables that files declare, as far as they can be read.
func Variables(files []File) []string {
	d := &decoder{diagnosis: newDiagnosis(files)}
	bodies, _ := d.parse(files)
	var found []string
	for _, body := range bodies {
		for _, b := range body.Blocks {
			if b.Type == "variable" && len(b.Labels) == 1 {
				found = append(found, b.Labels[0])
			}
		}
	}
	return found
}

// variables returns the value of each variable: from a flag, from the
// environment, or its default. One without a value, or with a bad one, is
// unknown, so that what refers to it is not complained about as well.
func (d *decoder) variables(blocks []*node) map[string]cty.Value {
	d.scope = newScope(nil, nil, nil)
	values := map[string]cty.Value{}
	for _, n := range blocks {
		d.read(n)
		values[n.label] = d.variable(n)
	}
	d.unknownFlags()
	return values
}

func (d *decoder) variable(n *node) cty.Value {
	want, ok := n.values["type"].(cty.Type)
	if !ok {
		return cty.DynamicVal
	}
	if text, given := d.options.Variables[n.label]; given {
		return d.given(n, "--var "+n.label, text, want)
	}
	if d.options.Environ != nil {
		if text, given := d.options.Environ(environPrefix + n.label); given {
			return d.given(n, environPrefix+n.label, text, want)
		}
	}
	if !n.has("default") {
		d.fail(n.header, "variable `"+n.label+"` has no value", "It has no default and none was given.",
			"Give one with `--var "+n.label+"=VALUE`, with "+environPrefix+n.label+"=VALUE in the environment, or with `default = …` here.")
		return cty.UnknownVal(want)
	}
	value, ok := n.values["default"].(cty.Value)
	if !ok {
		return cty.UnknownVal(want)
	}
	converted, ok := strictly(value, want)
	if !ok {
		d.fail(n.at("default"), "the default of `"+n.label+"` has the wrong type", "Expected "+typeName(want)+"; this is "+described(value)+".",
			"Write a value such as `"+typeExample(want)+"`, or change the type.")
		return cty.UnknownVal(want)
	}
	return converted
}

// given reads a value that came as text from outside of the files.
func (d *decoder) given(n *node, source, text string, want cty.Type) cty.Value {
	if want == cty.String {
		return cty.StringVal(strings.ToValidUTF8(text, "\uFFFD"))
	}
	d.lines[source] = [][]byte{[]byte(strings.ReplaceAll(text, "\n", " "))}
	if _, bounded := d.bounded(File{Name: source, Bytes: []byte(text)}); bounded {
		e, problems := hclsyntax.ParseExpression([]byte(text), source, hcl.InitialPos)
		if !problems.HasErrors() && len(e.Variables()) == 0 && d.sound(e) {
			value, problems := e.Value(nil)
			if converted, ok := strictly(value, want); ok && !problems.HasErrors() {
				return converted
			}
		}
	}
	at := start(source)
	at.End.Column = 1 + max(1, len([]rune(text)))
	d.fail(at, "the value given for variable `"+n.label+"` has the wrong type", "Expected "+typeName(want)+", as declared at "+place(n.header)+".",
		"Give a value such as `"+typeExample(want)+"`.")
	return cty.UnknownVal(want)
}

// unknownFlags complains about values for variables that nobody declared.
func (d *decoder) unknownFlags() {
	known := append(d.names.of("variable"), d.options.Others...)
	for name, text := range d.options.Variables {
		if d.names.has("variable", name) || slices.Contains(d.options.Others, name) {
			continue
		}
		source := "--var " + name
		d.lines[source] = [][]byte{[]byte(strings.ReplaceAll(text, "\n", " "))}
		d.fail(start(source), "no variable `"+name+"` is declared", "A value was given for it with --var.",
			suggest(name, known, "Declare `variable \""+name+"\" {}`, or leave the flag out."))
	}
}

// strictly converts between shapes (a tuple to a list, an object to a map) but
// never between a text, a number and a boolean.
func strictly(v cty.Value, want cty.Type) (cty.Value, bool) {
	if v.IsNull() || !v.IsWhollyKnown() {
		return cty.NilVal, false
	}
	if want.IsPrimitiveType() {
		return v, v.Type() == want
	}
	if !v.CanIterateElements() || v.Type().IsTupleType() != want.IsListType() {
		return cty.NilVal, false
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, element := it.Element(); element.IsNull() || element.Type() != want.ElementType() {
			return cty.NilVal, false
		}
	}
	converted, err := convert.Convert(v, want)
	return converted, err == nil
}

func typeName(t cty.Type) string {
	switch {
	case t == cty.String:
		return "a text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case t.IsListType():
		return "a list of texts"
	}
	return "a map of texts"
}

func typeExample(t cty.Type) string {
	switch {
	case t == cty.String:
		return `"blue"`
	case t == cty.Number:
		return "3"
	case t == cty.Bool:
		return "true"
	case t.IsListType():
		return `["a", "b"]`
	}
	return `{ a = "b" }`
}

// described names what a value is, for a diagnostic.
func described(v cty.Value) string {
	t := v.Type()
	switch {
	case v.IsNull():
		return "null"
	case t == cty.String:
		return "a text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return "a list"
	case t.IsObjectType() || t.IsMapType():
		return "a map"
	}
	return "a check"
}
