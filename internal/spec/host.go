package spec

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"gemba"
)

// addresses are one text, or a list of them.
func addresses() kind {
	return kind{name: "text or list of texts", expect: "an address, or a list of addresses", read: func(d *decoder, a attribute, e hclsyntax.Expression) (any, bool) {
		v, ok := d.evaluate(a, e)
		if !ok {
			return nil, false
		}
		if !v.IsNull() && v.Type() == cty.String {
			return []string{v.AsString()}, true
		}
		texts, ok := list("", "", notEmpty).read(d, a, e)
		if found, _ := texts.([]string); ok && len(found) == 0 {
			d.wrong(a, e.Range(), "this list is empty")
			return nil, false
		}
		return texts, ok
	}}
}

// hosts builds the hosts, one for each address.
func (d *decoder) hosts(blocks []*node) []gemba.Host {
	d.hostsOf = map[string][]gemba.Host{}
	var all []gemba.Host
	taken, reached := map[string]hcl.Range{}, map[string]gemba.Host{}
	for _, n := range blocks {
		taken[n.label] = n.header
	}
	for _, n := range blocks {
		made := d.host(n)
		d.hostsOf[n.label] = made
		for i, h := range made {
			if first, other := taken[h.Name]; other && h.Name != n.label {
				d.fail(n.header, n.title()+" stands for a host `"+h.Name+"`, and so does another block", "A block with several addresses numbers them: "+n.label+"-1, "+n.label+"-2. The other one is at "+place(first)+".",
					"Give one of the two another name.")
				continue
			}
			d.doubly(element(n, "address", i), h, reached)
			if h.Name != n.label {
				d.hostsOf[h.Name] = []gemba.Host{h}
				taken[h.Name] = n.header
			}
			all = append(all, h)
		}
	}
	return all
}

// doubly warns of two hosts that are one.
func (d *decoder) doubly(at hcl.Range, h gemba.Host, reached map[string]gemba.Host) {
	port := h.Port
	if port == 0 && h.Kind == gemba.HostSSH {
		port = 22
	}
	way := fmt.Sprintf("%s %s %d %s", h.Kind, h.Address, port, h.Jump) // one address may lead to several hosts by their ports
	if first, again := reached[way]; again {
		what := "`" + h.Name + "` and `" + first.Name + "` have one address, " + h.Address
		if h.Kind == gemba.HostLocal {
			what = "`" + h.Name + "` and `" + first.Name + "` are both this machine"
		}
		d.warn(at, what, "`"+first.Name+"` is declared at "+first.Place.String()+".", "Keep one of the two if they are one host.")
		return
	}
	reached[way] = h
}

func (d *decoder) host(n *node) []gemba.Host {
	h := gemba.Host{
		Name: n.label, Kind: gemba.HostKind(value[string](n, "kind")),
		Port: value[int](n, "port"), User: value[string](n, "user"), Jump: value[string](n, "jump"),
		Place: declaredAt(n.header),
	}
	if h.Kind != gemba.HostSSH && h.Kind != "" {
		for _, name := range []string{"port", "user", "jump"} {
			if n.has(name) {
				d.fail(n.at(name), "`"+name+"` means nothing here", "A host of the kind `"+string(h.Kind)+"` is not reached over SSH.", "Take `"+name+"` out, or the kind.")
			}
		}
	}
	switch {
	case h.Kind == gemba.HostLocal:
		if n.has("address") {
			d.fail(n.at("address"), "`address` means nothing here", "A host of the kind `local` is this machine.", "Take `address` out, or the kind.")
		}
		return []gemba.Host{h}
	case !n.has("address") && h.Kind == gemba.HostRootFS:
		d.fail(n.header, n.title()+" needs `address`", "Expected the directory of the root filesystem.", "Add `address = \"/srv/image\"`.")
	case !n.has("address"):
		d.fail(n.header, n.title()+" needs `address`", "Expected an address, or a list of addresses.", "Add `address = \"10.0.0.11\"`; for this machine, `kind = \"local\"`.")
	}
	texts := value[[]string](n, "address")
	var made []gemba.Host
	for i, text := range texts {
		one := h
		one.Address = text
		if len(texts) > 1 {
			one.Name = h.Name + "-" + itoa(i+1)
		}
		if err := reachable(h.Kind, text); err != nil {
			a, _ := n.block.attribute("address")
			d.misfits(a, element(n, "address", i), err)
		}
		made = append(made, one)
	}
	return made
}

// element is the place of one element of a list that is written out, or of the whole value.
func element(n *node, name string, i int) hcl.Range {
	if a := n.written[name]; a != nil {
		if literal, is := a.Expr.(*hclsyntax.TupleConsExpr); is && i < len(literal.Exprs) {
			return literal.Exprs[i].Range()
		}
	}
	return n.at(name)
}

// reachable holds an address against the way in which it is used.
func reachable(kind gemba.HostKind, address string) error {
	if kind == gemba.HostRootFS {
		return absolute(address)
	}
	if strings.HasPrefix(address, "[") && strings.HasSuffix(address, "]") {
		return misfit{"this one is in brackets", "Write it without [ and ]."}
	}
	if user, rest, found := strings.Cut(address, "@"); found {
		return misfit{"it names a user as well", fmt.Sprintf("Write `address = %q` and `user = %q`.", rest, user)}
	}
	if _, err := netip.ParseAddr(address); err == nil {
		return nil
	}
	if name, port, found := strings.Cut(address, ":"); found && strings.Trim(port, digits) == "" {
		return misfit{"it names a port as well", fmt.Sprintf("Write `address = %q` and `port = %s`.", name, port)}
	}
	if len(address) > 253 || !spelledWith(address, small+large+digits+"_", small+large+digits+"_.-") {
		return fmt.Errorf("%q is neither a host name nor an IP address", address)
	}
	return nil
}

// account is the name of a user to sign in as.
func account() kind {
	return textual("name", "the name of a user", func(s string) (string, error) {
		if !spelledWith(s, small+large+digits+"_", small+large+digits+"_.-") {
			return "", fmt.Errorf("%q is not such a name", s)
		}
		return s, nil
	})
}

// jump is what ssh takes as ProxyJump; it stands on a command line.
func jump() kind {
	return textual("text", "a host to go through, as ssh takes it: [USER@]HOST[:PORT]", func(s string) (string, error) {
		for _, hop := range strings.Split(s, ",") {
			if !spelledWith(hop, small+large+digits+"_[", small+large+digits+"_.-@:[]") {
				return "", errors.New("this is none")
			}
		}
		return s, nil
	})
}

func declaredAt(r hcl.Range) gemba.Place { return gemba.Place{File: r.Filename, Line: r.Start.Line} }
