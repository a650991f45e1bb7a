package spec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"gemba"
)

// textual is a kind that is written as a text and parsed; the parser's error
// completes the sentence "expected …; ".
func textual[T any](name, expect string, parse func(string) (T, error)) kind {
	return kind{name: name, expect: expect, read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		text, ok := d.text(a, e)
		if !ok {
			return nil, false
		}
		parsed, err := parse(text)
		if err != nil {
			d.misfits(a, e.Range(), err)
			return nil, false
		}
		return parsed, true
	}}
}

// list is a kind whose value is a list of texts, each of which has to be good.
func list(name, expect string, check func(string) error) kind {
	return kind{name: name, expect: expect, read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		values, places, good := d.elements(a, e)
		texts := make([]string, 0, len(values))
		for i, v := range values {
			if v.IsNull() || v.Type() != cty.String {
				d.wrong(a, places[i], "this is "+described(v))
				good = false
				continue
			}
			if err := check(v.AsString()); err != nil {
				d.misfits(a, places[i], err)
				good = false
			}
			texts = append(texts, v.AsString())
		}
		return texts, good
	}}
}

func freeText() kind {
	return textual("text", "a text in quotes", func(s string) (string, error) {
		if strings.TrimSpace(s) == "" {
			return "", fmt.Errorf("this one is empty")
		}
		return s, nil
	})
}

// script is a text for `sh -e`.
func script() kind {
	k := textual("script", "a script for `sh -e`, as a text", func(s string) (string, error) { return s, nil })
	k.script = true
	return k
}

// choice is one of a few words.
func choice(words ...string) kind {
	expect := "one of " + quoteAll(words)
	return textual("one of "+quoteAll(words), expect, func(s string) (string, error) {
		for _, w := range words {
			if s == w {
				return s, nil
			}
		}
		return "", misfit{fmt.Sprintf("%q is none of them", s), suggest(s, words, "")}
	})
}

func boolean() kind {
	return kind{name: "true or false", expect: "true or false", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		if v.IsNull() || v.Type() != cty.Bool {
			d.wrong(a, e.Range(), "this is "+described(v))
			return nil, false
		}
		return v.True(), true
	}}
}

// integer is a whole number within bounds.
func integer(low, high int) kind {
	expect := fmt.Sprintf("a whole number from %d to %d, without quotes", low, high)
	return kind{name: fmt.Sprintf("number, %d to %d", low, high), expect: expect, read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		if v.IsNull() || v.Type() != cty.Number {
			d.wrong(a, e.Range(), "this is "+described(v))
			return nil, false
		}
		n, exact := whole(v)
		if !exact || n < low || n > high {
			d.wrong(a, e.Range(), "this is another number")
			return nil, false
		}
		return n, true
	}}
}

// env is a map of names to texts, which may hold what is known only later.
func env() kind {
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
		values := map[string]gemba.Value{}
		for it := v.ElementIterator(); it.Next(); {
			key, element := it.Element()
			name := d.scope.split(key.AsString()).String()
			text, ok := asText(element)
			if !ok {
				d.wrong(a, entryPlace(e, name), fmt.Sprintf("the value of %s is %s", name, described(element)))
				good = false
				continue
			}
			if !isVariableName(name) {
				d.wrong(a, entryPlace(e, name), fmt.Sprintf("%q is not the name of an environment variable: letters, digits and underscores", name))
				good = false
				continue
			}
			values[name] = d.scope.split(text)
		}
		return values, good
	}}
}

// asText is a value as an environment variable holds it; numbers and booleans are written out.
func asText(v cty.Value) (string, bool) {
	if v.IsNull() {
		return "", false
	}
	switch v.Type() {
	case cty.String:
		return v.AsString(), !strings.Contains(v.AsString(), "\x00")
	case cty.Number:
		return v.AsBigFloat().Text('f', -1), true
	case cty.Bool:
		return fmt.Sprint(v.True()), true
	}
	return "", false
}

// distinct complains about a name that a literal map holds twice: the second would win in silence.
func (d *decoder) distinct(e hclsyntax.Expression) bool {
	seen, good := map[string]hcl.Range{}, true
	for name, at := range entries(e) {
		if first, twice := seen[name]; twice {
			d.fail(at, "`"+name+"` is set twice", "It was set before at "+place(first)+".", "Keep one of the two.")
			good = false
			continue
		}
		seen[name] = at
	}
	return good
}

// entryPlace is where a literal map sets a name, or the whole map.
func entryPlace(e hclsyntax.Expression, name string) hcl.Range {
	for candidate, at := range entries(e) {
		if candidate == name {
			return at
		}
	}
	return e.Range()
}

// entries yields the names of a literal map with the place of each.
func entries(e hclsyntax.Expression) func(yield func(string, hcl.Range) bool) {
	return func(yield func(string, hcl.Range) bool) {
		object, isLiteral := e.(*hclsyntax.ObjectConsExpr)
		if !isLiteral {
			return
		}
		for _, item := range object.Items {
			key, problems := item.KeyExpr.Value(nil)
			if problems.HasErrors() || key.IsNull() || !key.IsKnown() || key.Type() != cty.String {
				continue
			}
			if !yield(key.AsString(), item.KeyExpr.Range()) {
				return
			}
		}
	}
}
