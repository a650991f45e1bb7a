package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// mostTurns bounds how many resources one block stands for.
const mostTurns = 1000

// turnsOfEach is what for_each takes: the value of each, for every resource.
func turnsOfEach() kind {
	return kind{name: "list or map", expect: "a list of texts, or a map", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		t := v.Type()
		isMap := t.IsObjectType() || t.IsMapType()
		if v.IsNull() || !isMap && !t.IsTupleType() && !t.IsListType() {
			d.wrong(a, e.Range(), "this is "+described(v))
			return nil, false
		}
		if v.LengthInt() > mostTurns {
			d.wrong(a, e.Range(), tooMany(v.LengthInt()))
			return nil, false
		}
		good := d.distinct(e)
		turns := []cty.Value{}
		for it := v.ElementIterator(); it.Next(); {
			key, value := it.Element()
			if !isMap {
				key = value
			}
			if key.IsNull() || key.Type() != cty.String {
				d.wrong(a, e.Range(), "one of them is "+described(key))
				good = false
				continue
			}
			turns = append(turns, cty.ObjectVal(map[string]cty.Value{"key": key, "value": value}))
		}
		return turns, good
	}}
}

// turnsOfCount is what count takes: the value of count, for every resource.
func turnsOfCount() kind {
	return kind{name: fmt.Sprintf("number, 0 to %d", mostTurns), expect: fmt.Sprintf("a whole number from 0 to %d, without quotes", mostTurns), read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := wholeNumber().read(d, a, e)
		if !ok {
			return nil, false
		}
		n := v.(int)
		if n < 0 || n > mostTurns {
			d.wrong(a, e.Range(), tooMany(n))
			return nil, false
		}
		turns := []cty.Value{}
		for i := range n {
			turns = append(turns, cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))}))
		}
		return turns, true
	}}
}

// turnsUnclear is the turn of a block that has both.
const turnsUnclear = "each or count"

func tooMany(n int) string {
	if n < 0 {
		return "this is negative"
	}
	return fmt.Sprintf("this makes %d resources, and one block makes at most %d", n, mostTurns)
}

// turns are the values of each or count, one for every resource that a block stands for: one without either.
// After a mistake there is one that is not known, for the rest of the block to be read all the same.
func (d *decoder) turns(n *node) (root string, values []cty.Value) {
	written := func(name string) bool { return n.has(name) && !isNull(n.written[name].Expr) }
	read := func(name string) []cty.Value {
		a, _ := n.block.attribute(name)
		v, _ := d.readAttribute(n, a)
		turns, _ := v.([]cty.Value)
		return turns
	}
	switch {
	case written(settingForEach) && written(settingCount):
		d.fail(n.at(settingCount), "`count` and `for_each` exclude each other", "Both say how many resources there are.", "Keep one of the two.")
		return turnsUnclear, []cty.Value{unknownEach()}
	case written(settingForEach):
		if values = read(settingForEach); values == nil {
			values = []cty.Value{unknownEach()}
		}
		return "each", values
	case written(settingCount):
		if values = read(settingCount); values == nil {
			values = []cty.Value{cty.ObjectVal(map[string]cty.Value{"index": cty.UnknownVal(cty.Number)})}
		}
		return "count", values
	}
	return "", []cty.Value{cty.EmptyObjectVal}
}

func unknownEach() cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal})
}
