package spec

import (
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"
	"unicode"

	"gemba"
)

// The settings that every resource has beside those of its kind.
const (
	settingRequires = "requires"
	settingNotify   = "notify"
	settingForEach  = "for_each"
	settingCount    = "count"
)

// resourceBlock is the block of a kind of resource, made from its schema.
func resourceBlock(schema gemba.Schema, kinds []gemba.Schema) *block {
	b := &block{
		name: schema.Kind, resource: &schema, meaning: schema.Meaning, example: schema.Example,
		label: &naming{what: schema.Label, form: labelForm(schema.LabelForm), valid: func(s string) bool { return labelFits(schema.LabelForm, s) }},
	}
	for _, a := range schema.Attributes {
		known := slices.ContainsFunc(kinds, func(k gemba.Schema) bool { return k.Kind == a.Refers })
		b.attributes = append(b.attributes, settingOf(a, known))
	}
	b.attributes = append(b.attributes, commonSettings()...)
	return b
}

// commonSettings are what every resource takes.
func commonSettings() []attribute {
	return []attribute{
		{name: settingRequires, kind: resourceReferences(), example: `[file["/etc/motd"]]`, unset: "what its settings refer to", meaning: "Resources that have to be as declared before this one."},
		{name: settingNotify, kind: resourceReferences(), example: `[file["/etc/motd"]]`, unset: "none", meaning: "Resources that are told, afterwards, when this one has changed."},
		{name: settingForEach, kind: turnsOfEach(), example: `["a", "b"]`, unset: "one resource",
			meaning: "One resource for each text of a list, or each entry of a map. The name and the settings may use `each.key` and `each.value`."},
		{name: settingCount, kind: turnsOfCount(), example: "3", unset: "one resource", meaning: "That many resources. The name and the settings may use `count.index`, from 0."},
	}
}

// settingOf is an attribute of a schema as the declaration reads it.
func settingOf(a gemba.Attribute, known bool) attribute {
	s := attribute{
		name: a.Name, kind: settingKind(a, known), required: a.Required, refers: a.Refers,
		meaning: a.Meaning, example: a.Example, initially: initial(a),
	}
	if s.initially != nil {
		s.unset = "`" + string(s.initially) + "`"
	}
	switch a.Type {
	case gemba.TypeText, gemba.TypeTexts, gemba.TypeMap, gemba.TypeCommand:
		if a.Into == "" && len(a.OneOf) == 0 {
			s.allows |= allowFacts
			if a.Secret {
				s.allows |= allowSecrets
			}
		}
	}
	return s
}

// initial is the default of a schema as JSON; nil: there is none.
func initial(a gemba.Attribute) json.RawMessage {
	if a.Default == nil {
		return nil
	}
	value := a.Default
	if text, is := value.(string); is && a.Type == gemba.TypeDuration {
		if d := new(gemba.Duration); d.UnmarshalText([]byte(text)) == nil {
			value = *d
		}
	}
	if text, is := value.(string); is && a.Type == gemba.TypeCommand {
		value = []string{text}
		if arguments, err := splitCommand(text); err == nil {
			value = arguments
		}
	}
	return encoded(value)
}

func encoded(value any) json.RawMessage {
	data, err := json.Marshal(value)
	if err != nil {
		panic("an attribute is plain data: " + err.Error())
	}
	return data
}

// labelForm says what the name of a resource looks like.
func labelForm(form gemba.LabelForm) string {
	switch form {
	case gemba.LabelPath:
		return "an absolute path without `.`, `..` and double or trailing slashes"
	case gemba.LabelName:
		return "letters, digits and the characters ._@:+-, beginning with a letter, a digit or _"
	}
	return "a text that is not empty and has no control characters"
}

func labelFits(form gemba.LabelForm, s string) bool {
	if strings.TrimSpace(s) == "" || len(s) > longestLabel || strings.ContainsFunc(s, unicode.IsControl) || strings.Contains(s, markerStart) {
		return false
	}
	switch form {
	case gemba.LabelPath:
		return path.IsAbs(s) && path.Clean(s) == s
	case gemba.LabelName:
		return spelledWith(s, small+large+digits+"_", small+large+digits+"._@:+-")
	}
	return true
}

// labelRemedy offers the nearest name that fits.
func labelRemedy(schema *gemba.Schema, s string) string {
	offer := "name"
	switch schema.LabelForm {
	case gemba.LabelPath:
		if offer = path.Clean("/" + s); !labelFits(schema.LabelForm, offer) || strings.TrimSpace(s) == "" {
			offer = "/etc/motd"
		}
	case gemba.LabelName:
		if fits := strings.Trim(strings.Map(func(r rune) rune {
			if strings.ContainsRune(small+large+digits+"._@:+-", r) {
				return r
			}
			return '-'
		}, s), "-.+:@"); labelFits(schema.LabelForm, fits) {
			offer = fits
		}
	}
	return "For example `" + schema.Kind + " \"" + offer + "\"`."
}

// beyond reports what a path beside the declaration must not be.
func beyond(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("this one is empty")
	case path.IsAbs(s):
		return misfit{"this one is absolute, and only files of the repository travel with a commit", "Write a path that starts where this file is; to copy a file of the host itself, use a command."}
	case strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("this one holds a character that paths here cannot have")
	}
	return nil
}

// indented puts two blanks before every line but the first.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n  ") }
