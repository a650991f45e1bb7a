package spec

import (
	"fmt"
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"gemba"
)

// settingKind reads an attribute of a resource into the JSON that its kind takes.
func settingKind(a gemba.Attribute, known bool) kind {
	k := kind{}
	switch a.Type {
	case gemba.TypeNumber:
		k = wholeNumber()
	case gemba.TypeBool:
		k = boolean()
	case gemba.TypeTexts:
		k = texts(a.OneOf)
	case gemba.TypeMap:
		k = textMap(a.OneOf)
	case gemba.TypeDuration:
		k = duration(false)
	case gemba.TypeCommand:
		k = arguments()
	default:
		k = oneText(a)
	}
	if known {
		k.name += fmt.Sprintf(" or `%s.NAME`", a.Refers)
		k.expect += fmt.Sprintf(", or a reference such as `%s.NAME`", a.Refers)
	}
	read := k.read
	k.read = func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := read(d, a, e)
		if !ok {
			return nil, false
		}
		return encoded(v), true
	}
	return k
}

// later is a text as JSON: as it is, or in parts where some are known only later.
func (d *decoder) later(text string) any {
	return inParts(d.scope.split(text))
}

func inParts(v gemba.Value) any {
	for _, p := range v {
		if p.Secret != "" || p.Fact != "" || p.Var != "" {
			return map[string]gemba.Value{"value": v}
		}
	}
	return v.String()
}

func oneText(schema gemba.Attribute) kind {
	k := kind{name: "text", expect: "a text in quotes"}
	switch {
	case len(schema.OneOf) > 0:
		k.name, k.expect = "one of "+quoteAll(schema.OneOf), "one of "+quoteAll(schema.OneOf)
	case schema.Into != "":
		k.name, k.expect = "path", "the path of a file of the repository"
	}
	k.read = func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		text, ok := d.text(a, e)
		if !ok {
			return nil, false
		}
		if schema.Into != "" {
			if err := beyond(text); err != nil {
				d.misfits(a, e.Range(), err)
				return nil, false
			}
			return path.Join(path.Dir(d.scope.near.file), text), true
		}
		if err := among(schema.OneOf, text); err != nil {
			d.misfits(a, e.Range(), err)
			return nil, false
		}
		return d.later(text), true
	}
	return k
}

// among holds a text against the few that it may be.
func among(words []string, text string) error {
	if len(words) == 0 || slices.Contains(words, text) {
		return nil
	}
	return misfit{fmt.Sprintf("%q is none of them", text), suggest(text, words, "")}
}

func texts(oneOf []string) kind {
	k := kind{name: "list of texts", expect: "a list of texts"}
	if len(oneOf) > 0 {
		k.name += ", of " + quoteAll(oneOf)
		k.expect += ", each one of " + quoteAll(oneOf)
	}
	k.read = func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		values, places, good := d.elements(a, e)
		list := make([]any, 0, len(values))
		for i, v := range values {
			if v.IsNull() || v.Type() != cty.String {
				d.wrong(a, places[i], "one of them is "+described(v))
				good = false
				continue
			}
			if err := among(oneOf, v.AsString()); err != nil {
				d.misfits(a, places[i], err)
				good = false
			}
			list = append(list, d.later(v.AsString()))
		}
		return list, good
	}
	return k
}

func textMap(oneOf []string) kind {
	return kind{name: "map of texts", expect: "a map of names to texts", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		if t := v.Type(); v.IsNull() || !(t.IsObjectType() || t.IsMapType()) {
			d.wrong(a, e.Range(), "this is "+described(v))
			return nil, false
		}
		good := d.distinct(e)
		values := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			key, one := it.Element()
			name, plain := d.later(key.AsString()).(string)
			if !plain {
				d.wrong(a, e.Range(), "one of its names is known only later")
				good = false
				continue
			}
			text, ok := asText(one)
			if !ok {
				d.wrong(a, entryPlace(e, name), fmt.Sprintf("the value of %s is %s", name, described(one)))
				good = false
				continue
			}
			if err := among(oneOf, text); err != nil {
				d.misfits(a, entryPlace(e, name), err)
				good = false
			}
			values[name] = d.later(text)
		}
		return values, good
	}}
}

func arguments() kind {
	k := command()
	read := k.read
	k.read = func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := read(d, a, e)
		if !ok {
			return nil, false
		}
		list := []any{}
		for _, argument := range v.([]gemba.Value) {
			list = append(list, inParts(argument))
		}
		return list, true
	}
	return k
}

func wholeNumber() kind {
	return kind{name: "whole number", expect: "a whole number, without quotes", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		if v.IsNull() || v.Type() != cty.Number {
			d.wrong(a, e.Range(), "this is "+described(v))
			return nil, false
		}
		n, exact := whole(v)
		if !exact {
			d.wrong(a, e.Range(), "this is another number")
			return nil, false
		}
		return n, true
	}}
}
