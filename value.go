package gemba

import "strings"

// Value is a text whose parts may be known only later: a secret when a
// process starts, a port when a release is placed, a fact on a host.
type Value []Part

// Part is one piece of a Value. Exactly one field is set, except in the
// part of an empty text, where none is.
type Part struct {
	Text   string `json:"text,omitempty"`
	Secret string `json:"secret,omitempty"` // name of a secret
	Var    string `json:"var,omitempty"`    // "port" or "data"
	Fact   string `json:"fact,omitempty"`   // name of a fact of the host that the text is for
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
		if p.Secret == "" && p.Var == "" && p.Fact == "" {
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
		switch {
		case p.Secret != "":
			return "${secret." + p.Secret + "}", nil
		case p.Fact != "":
			return "${facts." + p.Fact + "}", nil
		}
		return "${" + p.Var + "}", nil
	})
	return text
}
