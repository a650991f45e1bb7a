package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"gemba"
)

// check is what http(), tcp() or command() returns.
func check() kind {
	return kind{name: "check", expect: `http("/path"), tcp() or command("…")`, read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		if v.IsNull() || !v.Type().Equals(d.scope.check) {
			d.wrong(a, e.Range(), "this is "+described(v))
			return nil, false
		}
		return *v.EncapsulatedValue().(*gemba.Check), true
	}}
}

// checkFunctions are the functions that make checks of the capsule type given.
func checkFunctions(check cty.Type) map[string]function.Function {
	text := []function.Parameter{{Name: "path", Type: cty.String}}
	argument := []function.Parameter{{Name: "command", Type: cty.DynamicPseudoType}}
	makes := func(parameters []function.Parameter, make func([]cty.Value) (gemba.Check, error)) function.Function {
		return function.New(&function.Spec{Params: parameters, Type: function.StaticReturnType(check),
			Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) {
				made, err := make(arguments)
				if err != nil {
					return cty.NilVal, function.NewArgError(0, err)
				}
				return cty.CapsuleVal(check, &made), nil
			}})
	}
	return map[string]function.Function{
		"http": makes(text, func(arguments []cty.Value) (gemba.Check, error) {
			path, err := parseRequestPath(arguments[0].AsString())
			return gemba.Check{Kind: gemba.CheckHTTP, Path: path}, err
		}),
		"tcp": makes(nil, func([]cty.Value) (gemba.Check, error) {
			return gemba.Check{Kind: gemba.CheckTCP}, nil
		}),
		"command": makes(argument, func(arguments []cty.Value) (gemba.Check, error) {
			command, err := argv(arguments[0])
			return gemba.Check{Kind: gemba.CheckCommand, Command: command}, err
		}),
	}
}

// health is how a process is asked whether it works, from its setting or its
// block; nil where neither is written.
func (d *decoder) health(process *node) *gemba.Check {
	body := process.one("health")
	switch {
	case body != nil && process.has("health"):
		d.fail(body.header, "`health` is declared twice", "It was declared before at "+place(process.at("health"))+".", "Keep one of the two.")
		return nil
	case body != nil:
		return d.healthBlock(body)
	case process.has("health"):
		c, ok := process.values["health"].(gemba.Check)
		if !ok {
			return nil
		}
		return d.timed(c)
	}
	return nil
}

func (d *decoder) healthBlock(n *node) *gemba.Check {
	c := gemba.Check{
		Kind: gemba.CheckTCP, Path: value[string](n, "http"),
		Expect: value[int](n, "expect"), Contains: value[string](n, "contains"),
		Within: value[gemba.Duration](n, "within"), Timeout: value[gemba.Duration](n, "timeout"),
	}
	for _, v := range value[[]gemba.Value](n, "command") {
		c.Command = append(c.Command, v.String())
	}
	switch {
	case n.has("http") && n.has("command"):
		d.fail(n.at("command"), "`http` and `command` exclude each other", "One check asks one question.", "Keep one of the two.")
	case n.has("http"):
		c.Kind = gemba.CheckHTTP
	case n.has("command"):
		c.Kind = gemba.CheckCommand
	}
	d.onlyWith(n, "http", "expect", "contains")
	return &c
}

// timed gives a check the times that a health block has by default.
func (d *decoder) timed(c gemba.Check) *gemba.Check {
	implied := d.shape(healthBlock(), &hclsyntax.Body{}, hcl.Range{}, "")
	d.read(implied)
	c.Within, c.Timeout = value[gemba.Duration](implied, "within"), value[gemba.Duration](implied, "timeout")
	return &c
}

// onlyWith complains about settings that mean nothing without another one.
func (d *decoder) onlyWith(n *node, needed string, dependent ...string) {
	for _, name := range dependent {
		if n.has(name) && !n.has(needed) {
			d.fail(n.at(name), "`"+name+"` needs `"+needed+"`", "It says what the answer to a request must be.", "Add `"+needed+" = \"/\"`, or take `"+name+"` out.")
		}
	}
}
