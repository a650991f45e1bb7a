package spec

import (
	"strings"
)

// graph is which resource waits for which.
type graph struct {
	order []string // of declaration
	waits map[string][]edge
}

// add puts a resource into the graph: it comes after some, and those that it tells come after it.
func (g *graph) add(address string, after, told []edge) {
	if g.waits == nil {
		g.waits = map[string][]edge{}
	}
	g.order = append(g.order, address)
	g.waits[address] = append(g.waits[address], after...)
	for _, e := range told {
		g.waits[e.address] = append(g.waits[e.address], edge{address, e.at})
	}
}

// acyclic complains about resources that wait for each other, once for each circle.
func (d *decoder) acyclic(g graph) {
	const (
		open = iota + 1
		closed
	)
	state := map[string]int{}
	var way []string
	var visit func(address string)
	visit = func(address string) {
		state[address] = open
		way = append(way, address)
		for _, e := range g.waits[address] {
			switch state[e.address] {
			case 0:
				visit(e.address)
			case open:
				d.circle(way, e)
			}
		}
		way = way[:len(way)-1]
		state[address] = closed
	}
	for _, address := range g.order {
		if state[address] == 0 {
			visit(address)
		}
	}
}

// circle is said at the reference that closes it.
func (d *decoder) circle(way []string, closing edge) {
	begin := len(way) - 1
	for way[begin] != closing.address {
		begin--
	}
	var names []string
	for _, address := range append(way[begin:len(way):len(way)], closing.address) {
		kind, name, _ := strings.Cut(address, ".")
		names = append(names, resourceSpelled(kind, name))
	}
	if len(names) == 2 {
		d.fail(closing.at, "a resource waits for itself", names[0]+" refers to itself.", "Take the reference out.")
		return
	}
	d.fail(closing.at, "resources wait for each other in a circle", "The circle is "+strings.Join(shortened(names), " → ")+"; each waits for the next.",
		"Take one of the references out: of settings, `requires` or `notify`.")
}

// shortened leaves out the middle of what nobody would read to the end.
func shortened(names []string) []string {
	const most = 12
	if len(names) <= most {
		return names
	}
	return append(append(names[:most-2:most-2], "…"), names[len(names)-1])
}
