package gemba

import "strings"

// Value is a text whose parts may be known only later: a secret when a
// process starts, a port when a release is placed.
type Value []Part

// Part is one piece of a Value. Exactly one field is set, except in the
// part of an empty text, where none is.
type Part struct {
	Text   string `json:"text,omitempty"`
	Secret string `json:"secret,omitempty"` // name of a secret
	Var    string `json:"var,omitempty"`    // "port" or "data"
}

// Text makes a Value of one literal part.
func Text(s string) Value { return Value{{Text: s}} }

// Secrets returns the names of the secrets in v, in order, with repeats.
func (v Value) Secrets() []string {
	var names []string
	for _, p := range v {
		if p.Secret != "" {
			names = append(names, p.Secret)
		}
	}
	return names
}

// Resolve joins the parts, asking lookup for every part that is not literal.
func (v Value) Resolve(lookup func(Part) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range v {
		if p.Secret == "" && p.Var == "" {
			b.WriteString(p.Text)
			continue
		}
		text, err := lookup(p)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// String shows v as it was declared, secrets by name and never by value.
func (v Value) String() string {
	text, _ := v.Resolve(func(p Part) (string, error) {
		if p.Secret != "" {
			return "${secret." + p.Secret + "}", nil
		}
		return "${" + p.Var + "}", nil
	})
	return text
}
