package converge

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/wire"
)

// observeAll looks at every resource, at the same time: looking changes nothing.
func (e *Engine) observeAll(ctx context.Context, g *graph) error {
	if err := e.warm(ctx, g.nodes); err != nil {
		return err
	}
	var together errgroup.Group
	together.SetLimit(max(e.Width, 1))
	for _, n := range g.nodes {
		together.Go(func() error {
			e.observe(ctx, n)
			return nil
		})
	}
	_ = together.Wait() // what could not be observed is kept with its node
	return ctx.Err()
}

// warm lets each kind look once at what all its resources look at.
func (e *Engine) warm(ctx context.Context, nodes []*node) error {
	var kinds []string
	all := map[string][]resource.Resource{}
	for _, n := range nodes {
		if n.kind.Warm == nil {
			continue
		}
		if all[n.Kind] == nil {
			kinds = append(kinds, n.Kind)
		}
		all[n.Kind] = append(all[n.Kind], n.resource)
	}
	var together errgroup.Group
	for _, kind := range kinds {
		together.Go(func() error {
			if err := e.Kinds[kind].Warm(ctx, e.System, all[kind]); err != nil {
				return fmt.Errorf("looking at every %s: %w", kind, err)
			}
			return nil
		})
	}
	return together.Wait()
}

// observe looks at one resource and compares it with what is declared.
func (e *Engine) observe(ctx context.Context, n *node) {
	n.state, n.err = n.resource.Observe(ctx, e.System)
	n.foreseen = false
	n.differ = resource.Difference{}
	if n.err == nil {
		n.differ = n.resource.Diff(n.state)
	}
}

// plan is what differs, in the order in which it would be put right, with who would be told.
func (e *Engine) plan(ctx context.Context, g *graph, order wire.Order, notes map[string]string) (gemba.HostPlan, error) {
	if err := e.fetchTexts(ctx, g); err != nil {
		return gemba.HostPlan{}, err
	}
	plan := gemba.HostPlan{Host: order.Host, Profile: order.Profile, Observed: e.Now().UTC()}
	because := map[*node]string{}
	for _, n := range g.nodes {
		if told, waits := notes[n.Address()]; waits && because[n] == "" {
			because[n] = told
		}
		change, changes := e.change(ctx, n, order.Key, because[n])
		if !changes {
			plan.Unchanged++
			continue
		}
		plan.Changes = append(plan.Changes, change)
		for _, told := range n.tells {
			if because[told] == "" {
				because[told] = n.Address()
			}
		}
	}
	return plan, nil
}

// change describes what would be done to a node; false when nothing would.
func (e *Engine) change(ctx context.Context, n *node, key []byte, because string) (gemba.Change, bool) {
	c := gemba.Change{Resource: n.Address(), Kind: n.Kind, Name: n.Name, Place: n.Place}
	switch {
	case n.err != nil:
		c.Action, c.May = gemba.ActionUpdate, "it could not be observed: "+n.err.Error()
		return c, true
	case !n.differ.None():
		c.Action, c.Diffs, c.May = n.differ.Action, e.shown(ctx, n), n.differ.May
	case because != "" && n.resource.OnNotify(n.state) != "":
		c.Action = n.resource.OnNotify(n.state)
	default:
		return c, false
	}
	c.Because, c.State, c.Stays = because, digest(key, n.state), !n.kind.Schema.Restorable(c)
	return c, true
}

// digest names a state without telling it.
func digest(key []byte, s resource.State) string {
	text, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// largestText is the longest text whose lines are compared for people, in bytes.
const largestText = 64 << 10

// fetchTexts makes the new texts of what differs available, so that their lines can be compared.
func (e *Engine) fetchTexts(ctx context.Context, g *graph) error {
	var wanted []gemba.Digest
	for _, n := range g.nodes {
		if n.differ.Action != gemba.ActionUpdate || n.err != nil {
			continue
		}
		for _, d := range n.differ.Diffs {
			if body, ok := n.body(d.Attribute); ok && body.Size <= largestText && !slices.Contains(n.Hidden, d.Attribute) {
				wanted = append(wanted, body.Digest)
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return e.Bodies.Fetch(ctx, wanted)
}

// body is what an attribute names by its digest.
func (n *node) body(attribute string) (gemba.Body, bool) {
	var attributes map[string]json.RawMessage
	var body gemba.Body
	if json.Unmarshal(n.Attributes, &attributes) != nil || json.Unmarshal(attributes[attribute], &body) != nil {
		return gemba.Body{}, false
	}
	return body, body.Digest != ""
}

// shown are the differences as people may see them: lines of texts, and nothing of secrets.
func (e *Engine) shown(ctx context.Context, n *node) []gemba.Diff {
	diffs := slices.Clone(n.differ.Diffs)
	for i := range diffs {
		d := &diffs[i]
		if slices.Contains(n.Hidden, d.Attribute) {
			*d = gemba.Diff{Attribute: d.Attribute, Hidden: true}
			continue
		}
		if body, ok := n.body(d.Attribute); ok && n.differ.Action == gemba.ActionUpdate && body.Size <= largestText {
			d.Lines = e.lines(ctx, n, body)
		}
	}
	return diffs
}

func (e *Engine) lines(ctx context.Context, n *node, body gemba.Body) []string {
	current := n.resource.Current(ctx, e.System)
	if current == nil || len(current) > largestText || !isText(current) {
		return nil
	}
	declared, err := readBody(ctx, e.System, body.Digest)
	if err != nil || !isText(declared) {
		return nil
	}
	return unified(string(current), string(declared))
}

// guarded calls Tell by one goroutine at a time.
type guarded struct {
	mu   sync.Mutex
	tell func(wire.News)
}

func (g *guarded) say(news wire.News) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tell(news)
}
