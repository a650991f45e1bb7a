package converge

import (
	"fmt"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/wire"
)

// node is one resource of a host on its way to what is declared.
type node struct {
	wire.Item
	kind     resource.Kind
	resource resource.Resource
	after    map[*node]bool // what has to be done before
	tells    []*node        // what is told when it has changed

	state  resource.State
	differ resource.Difference
	err    error // it could not be observed

	foreseen bool // its state is one that will be
}

// graph is the resources of a host, each after what it needs.
type graph struct {
	nodes  []*node // every one after those that it needs
	byName map[string]*node
}

// newGraph reads the items and finds their edges: those that are declared, and those that are natural. A circle of
// declared ones is an error that names its way; a natural one that would close a circle is left out.
func newGraph(kinds map[string]resource.Kind, items []wire.Item) (*graph, error) {
	g := &graph{byName: map[string]*node{}}
	for _, item := range items {
		kind, known := kinds[item.Kind]
		if !known {
			return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("this worker knows no resource of kind %q", item.Kind), item.Place.String(), "")
		}
		r, err := kind.New(item.Name, item.Attributes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", item.Place, err)
		}
		n := &node{Item: item, kind: kind, resource: r, after: map[*node]bool{}}
		if g.byName[item.Address()] != nil {
			return nil, gemba.Fail(gemba.Invalid, item.Address()+" is declared twice", item.Place.String()+" and "+g.byName[item.Address()].Place.String(), "keep one of the two")
		}
		g.nodes, g.byName[item.Address()] = append(g.nodes, n), n
	}
	g.acquaint(kinds)
	if err := g.declared(); err != nil {
		return nil, err
	}
	if circle := g.circle(); circle != nil {
		return nil, gemba.Fail(gemba.Invalid, "resources need each other in a circle", strings.Join(circle, " → "), "take one of the references or notifications out")
	}
	g.natural()
	g.sort()
	return g, nil
}

// acquaint tells the kinds that ask for it what else is declared: what purges a directory has to know what else makes files in it.
func (g *graph) acquaint(kinds map[string]resource.Kind) {
	var all []resource.Resource
	for _, n := range g.nodes {
		all = append(all, n.resource)
	}
	for _, kind := range kinds {
		if kind.Among != nil {
			kind.Among(all)
		}
	}
}

// declared makes the edges that references and notifications ask for.
func (g *graph) declared() error {
	for _, n := range g.nodes {
		for _, address := range n.Requires {
			before, err := g.named(n, address)
			if err != nil {
				return err
			}
			n.after[before] = true
		}
		for _, address := range n.Notifies {
			told, err := g.named(n, address)
			if err != nil {
				return err
			}
			n.tells = append(n.tells, told)
			told.after[n] = true
		}
	}
	return nil
}

func (g *graph) named(n *node, address string) (*node, error) {
	if found := g.byName[address]; found != nil {
		return found, nil
	}
	return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("%s refers to %s, which is not in its profile", n.Address(), address), n.Place.String(), "declare it, or take the reference out")
}

// circle is the way of a circle among the edges, from a node back to it; nil when there is none.
func (g *graph) circle() []string {
	const open, closed = 1, 2
	mark := map[*node]int{}
	var way []*node
	var walk func(n *node) []string
	walk = func(n *node) []string {
		mark[n], way = open, append(way, n)
		for _, before := range sorted(n.after) {
			switch mark[before] {
			case open:
				names := []string{}
				for _, passed := range way[slices.Index(way, before):] {
					names = append(names, passed.Address())
				}
				return append(names, before.Address())
			case closed:
				continue
			}
			if found := walk(before); found != nil {
				return found
			}
		}
		mark[n], way = closed, way[:len(way)-1]
		return nil
	}
	for _, n := range g.nodes {
		if mark[n] == 0 {
			if found := walk(n); found != nil {
				return found
			}
		}
	}
	return nil
}

// natural makes the edges that nobody has to declare: a file after its directory, its owner and its package.
func (g *graph) natural() {
	makes := map[resource.Token][]*node{}
	for _, n := range g.nodes {
		for _, token := range n.resource.Provides() {
			makes[token] = append(makes[token], n)
		}
	}
	for _, n := range g.nodes {
		for _, token := range n.resource.Needs() {
			for _, before := range makes[token] {
				if before != n && !n.after[before] && !before.needs(n) {
					n.after[before] = true
				}
			}
		}
	}
}

// needs reports whether another node has to be done before, whatever lies between.
func (n *node) needs(other *node) bool {
	seen := map[*node]bool{}
	var walk func(*node) bool
	walk = func(at *node) bool {
		if at == other {
			return true
		}
		if seen[at] {
			return false
		}
		seen[at] = true
		for before := range at.after {
			if walk(before) {
				return true
			}
		}
		return false
	}
	return walk(n)
}

// sort puts every node after those that it needs, and else leaves them as they were declared.
func (g *graph) sort() {
	done := map[*node]bool{}
	var order []*node
	var put func(*node)
	put = func(n *node) {
		if done[n] {
			return
		}
		done[n] = true
		for _, before := range sorted(n.after) {
			put(before)
		}
		order = append(order, n)
	}
	for _, n := range g.nodes {
		put(n)
	}
	g.nodes = order
}

func sorted(nodes map[*node]bool) []*node {
	var list []*node
	for n := range nodes {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b *node) int { return strings.Compare(a.Address(), b.Address()) })
	return list
}
