// Package resolver is the resource kind "resolver": whom a host asks for
// addresses.
package resolver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

var schema = gemba.Schema{
	Kind: "resolver", Label: "any text that names it",
	Files:   true,
	Meaning: "Whom a host asks for addresses: the whole of /etc/resolv.conf. Where that is a link, another program writes it, and it is left alone unless `replace` is written.",
	Example: `resolver "internal" {
  nameservers = ["10.0.0.2", "10.0.0.3"]
  search      = ["internal.example.com"]
  options     = ["timeout:2", "rotate"]
}`,
	Attributes: []gemba.Attribute{
		{Name: "nameservers", Type: gemba.TypeTexts, Required: true, Example: `["10.0.0.2", "10.0.0.3"]`, Meaning: "The addresses of name servers, at most three: nobody asks a fourth."},
		{Name: "search", Type: gemba.TypeTexts, Example: `["internal.example.com"]`, Meaning: "Domains in which short names are looked for."},
		{Name: "options", Type: gemba.TypeTexts, Example: `["timeout:2", "rotate"]`, Meaning: "Options, as resolv.conf(5) has them."},
		{Name: "replace", Type: gemba.TypeBool, Example: "true", Meaning: "A link, such as the one to systemd-resolved, is replaced by the file."},
	},
}

// Kind is the resource kind "resolver".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Provides: provides, Lock: "resolver",
		Observe: observe, Diff: diff, Apply: apply,
	}.Kind()
}

// declared is what is declared of the resolver.
type declared struct {
	Name        string   `json:"name"`
	Nameservers []string `json:"nameservers"`
	Search      []string `json:"search"`
	Options     []string `json:"options"`
	Replace     bool     `json:"replace"`

	text string // of the file
}

// observed is what was found.
type observed struct {
	resource.Info
	Content string `json:"content,omitempty"`
}

const file = "/etc/resolv.conf"

func check(d *declared) error {
	const most = 3 // MAXNS of the C library
	if n := len(d.Nameservers); n == 0 || n > most {
		return fmt.Errorf("nameservers are 1 to %d; of more, the last are never asked", most)
	}
	for _, server := range d.Nameservers {
		if _, err := netip.ParseAddr(server); err != nil {
			return fmt.Errorf("nameservers: %q is no address", server)
		}
	}
	for _, word := range append(append([]string{}, d.Search...), d.Options...) {
		if word == "" || strings.ContainsAny(word, " \t\r\n#;\x00") {
			return fmt.Errorf("%q is no domain and no option: it is one word", word)
		}
	}
	if len(d.Search) > 0 && len(strings.Join(d.Search, " ")) > 1024 {
		return errors.New("search is too long for the C library: at most 1024 characters")
	}
	var b strings.Builder
	b.WriteString("# Gemba writes this file; what is changed by hand does not stay.\n")
	if len(d.Search) > 0 {
		b.WriteString("search " + strings.Join(d.Search, " ") + "\n")
	}
	for _, server := range d.Nameservers {
		b.WriteString("nameserver " + server + "\n")
	}
	if len(d.Options) > 0 {
		b.WriteString("options " + strings.Join(d.Options, " ") + "\n")
	}
	d.text = b.String()
	return nil
}

func provides(declared) []resource.Token { return []resource.Token{resource.Path(file)} }

func observe(_ context.Context, sys resource.System, _ declared) (observed, error) {
	info, err := resource.Look(sys, file)
	o := observed{Info: info}
	if err != nil || info.Type != resource.Regular {
		return o, err
	}
	content, err := sys.ReadFile(file)
	o.Content = string(content)
	return o, err
}

// words are the values of a keyword, in order.
func words(content, keyword string) string {
	var all []string
	for line := range strings.Lines(content) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == keyword {
			all = append(all, fields[1:]...)
		}
	}
	return strings.Join(all, " ")
}

func diff(d declared, o observed) resource.Difference {
	if o.Content == d.text {
		return resource.Difference{}
	}
	difference := resource.Difference{Action: gemba.ActionUpdate}
	differ := func(attribute, from, to string) {
		if from != to {
			difference.Diffs = append(difference.Diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	if o.Type == resource.Absent {
		difference.Action = gemba.ActionCreate
	} else {
		differ("type", string(o.Type), string(resource.Regular))
		differ("link", o.Target, "")
	}
	differ("nameservers", words(o.Content, "nameserver"), words(d.text, "nameserver"))
	differ("search", words(o.Content, "search"), words(d.text, "search"))
	differ("options", words(o.Content, "options"), words(d.text, "options"))
	if len(difference.Diffs) == 0 {
		differ("text", "something more or less", "as written")
	}
	return difference
}

func apply(_ context.Context, sys resource.System, d declared, o observed) error {
	if o.Type == resource.Symlink && !d.Replace {
		return fmt.Errorf("%s is a link to %s, which another program writes; declare the servers there, or write replace = true", file, o.Target)
	}
	meta := resource.Meta{Mode: 0o644}
	if o.Type == resource.Regular {
		meta = resource.Meta{Mode: o.Mode, UID: o.UID, GID: o.GID}
	}
	return sys.Write(file, strings.NewReader(d.text), meta)
}
