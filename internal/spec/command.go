package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/shlex"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"gemba"
)

// command is an argv: a list, or a text that is split into arguments. No shell sees it.
func command() kind {
	return kind{name: "command", expect: "a command, as a text or as a list of arguments", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		arguments, err := argv(v)
		if err != nil {
			d.misfits(a, e.Range(), err)
			return nil, false
		}
		values := make([]gemba.Value, len(arguments))
		for i, text := range arguments {
			values[i] = d.scope.split(text)
		}
		return values, true
	}}
}

// argv returns the arguments of a command.
func argv(v cty.Value) ([]string, error) {
	t := v.Type()
	switch {
	case v.IsNull():
		return nil, errors.New("this is null")
	case t == cty.String:
		return splitCommand(v.AsString())
	case !t.IsTupleType() && !t.IsListType():
		return nil, errors.New("this is " + described(v))
	}
	var arguments []string
	for _, element := range v.AsValueSlice() {
		text, ok := asText(element)
		if !ok {
			return nil, errors.New("one of the arguments is " + described(element))
		}
		arguments = append(arguments, text)
	}
	if len(arguments) == 0 || arguments[0] == "" {
		return nil, errors.New("this names no program")
	}
	return arguments, nil
}

// splitCommand splits a text by the shell's rules of quoting, and refuses
// what only a shell would understand: it would reach the program as an argument.
func splitCommand(text string) ([]string, error) {
	arguments, err := shlex.Split(text)
	if err != nil {
		return nil, misfit{"a quote is not closed, or a backslash stands at the end", "Close the quote, or write a list of arguments."}
	}
	// The splitter leaves comments out in silence.
	if marked, _ := shlex.Split(strings.ReplaceAll(text, "#", "\uE002")); len(marked) != len(arguments) {
		return nil, misfit{"what stands after # would be left out", "Put the # in quotes: '#'. A comment of the declaration stands outside of the text."}
	}
	if len(arguments) == 0 || arguments[0] == "" {
		return nil, errors.New("this names no program")
	}
	if name, _, assigned := strings.Cut(arguments[0], "="); assigned && isVariableName(name) {
		return nil, misfit{fmt.Sprintf("no shell sees this: %q would be taken for the program", arguments[0]), "Set it in `env`."}
	}
	for _, argument := range arguments {
		switch argument {
		case "&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1":
			return nil, misfit{fmt.Sprintf("no shell sees this: the program would get %q as an argument", argument),
				"Call a script, or write a list: [\"sh\", \"-c\", \"…\"]."}
		}
		if _, name, dollar := strings.Cut(argument, "$"); dollar && name != "" && isVariableName(name[:1]) {
			return nil, misfit{fmt.Sprintf("no shell sees this: the program would get %q as it is", argument),
				"Write ${port}, ${data} or ${var.NAME}; or a list, if the program wants it as it is."}
		}
	}
	return arguments, nil
}
