package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gemba"
	"gemba/internal/fleettest"
)

// tally counts what was held.
type tally struct {
	sync.Mutex
	profiles, resources, changes, may, unexplained int
}

// TestPlansAreExact brings hosts from random states to random profiles, and holds each plan against snapshots that programs of the host
// took before and after: what changed is what the plan told, to the version of a package that is pulled in, and then nothing is left to
// change. Three profiles in every run of the tests, GEMBA_EXACT in `make prove-plans`, on GEMBA_HOSTS hosts; GEMBA_SEED repeats one.
func TestPlansAreExact(t *testing.T) {
	profiles, hosts := number("GEMBA_EXACT", 3), number("GEMBA_HOSTS", 1)
	seed := seedOf(t)
	var all tally
	t.Run("hosts", func(t *testing.T) {
		for host := range hosts {
			t.Run(fmt.Sprint(host), func(t *testing.T) {
				t.Parallel()
				e := newExact(t, rand.New(rand.NewPCG(seed, uint64(host))), &all)
				for n := host; n < profiles; n += hosts {
					if end, limited := t.Deadline(); limited && time.Until(end) < time.Minute {
						t.Logf("the time is up before profile %d", n)
						break // for the figures of those that were held
					}
					e.round(n)
				}
			})
		}
	})
	t.Logf("%d profiles, %d resources, %d changes, %d may change (%.1f %%), %d unexplained", all.profiles, all.resources, all.changes, all.may,
		100*float64(all.may)/float64(max(all.resources, 1)), all.unexplained)
	if all.profiles >= 20 && all.may*50 > all.resources {
		t.Errorf("more than 2 %% of the resources may change")
	}
}

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// exact is one host and the repository that declares it.
type exact struct {
	*world
	host   *fleettest.Host
	random *rand.Rand
	all    *tally
}

func newExact(t *testing.T, random *rand.Rand, all *tally) *exact {
	fleet := fleettest.Boot(t, 1)
	requireMirror(t, fleet.Hosts[0])
	w := newWorld(t, nil)
	w.mkdir(filepath.Join(w.home, ".ssh"))
	w.put(filepath.Join(w.home, ".ssh", "config"), "Host *\n  IdentityFile "+fleet.Key+"\n  IdentitiesOnly yes\n")
	e := &exact{w, fleet.Hosts[0], random, all}
	e.declare("")
	w.must(0, "host", "add", "root@"+e.host.Address)
	return e
}

func (e *exact) declare(text string) {
	if text == "" {
		text = (&profile{}).declaration(e.host.Address)
	}
	e.write("gemba.hcl", text)
	e.git("add", "-A")
	e.git("commit", "-qm", "A profile", "--allow-empty")
}

// round is one profile, from the state that it finds to nothing left to do.
func (e *exact) round(n int) {
	hand(e, e.host, handiwork(e.random))
	p := generate(e.random)
	e.declare(p.declaration(e.host.Address))
	before := snap(e, e.host)
	said := e.gemba("plan", "--json")
	var plan gemba.FleetPlan
	e.decode(said.out, &plan)
	host := plan.Hosts[0]
	wrong := func(what, how string) {
		e.Errorf("profile %d: %s\n%s\n%sthe plan:\n%s", n, what, how, p.text.String(), listed(host))
	}
	if host.Error != "" {
		wrong("it could not be planned", host.Error)
		return
	}
	e.count(p, host)
	e.Logf("profile %d: %d resources, %d changes", n, len(p.members), len(host.Changes))
	if len(host.Changes) > 0 {
		if done := e.gemba("apply", "--plan", fmt.Sprintf("p-%d", plan.ID)); done.code != 0 {
			wrong("it was not applied", done.String())
			return
		}
	}
	after := snap(e, e.host)
	if found := compare(p, host, before, after); len(found) > 0 {
		e.all.Lock()
		e.all.unexplained += len(found)
		e.all.Unlock()
		wrong(fmt.Sprintf("%d differences are not as planned", len(found)), strings.Join(found, "\n"))
	}
	if again := e.gemba("plan"); again.code != 0 || !strings.Contains(again.out+again.err, "No changes") {
		wrong("there is something left to change", again.String())
	}
}

func (e *exact) count(p *profile, plan gemba.HostPlan) {
	e.all.Lock()
	defer e.all.Unlock()
	e.all.profiles++
	e.all.resources += len(p.members)
	e.all.changes += len(plan.Changes)
	for _, c := range plan.Changes {
		if c.May != "" {
			e.all.may++
			e.Logf("%s may change: %s", c.Resource, c.May)
		}
	}
	if plan.Unchanged+len(plan.Changes) != len(p.members) {
		e.Errorf("%d resources were looked at, and %d declared", plan.Unchanged+len(plan.Changes), len(p.members))
	}
}

// listed is a plan in lines, for whoever reads a failure.
func listed(plan gemba.HostPlan) string {
	var b strings.Builder
	for _, c := range plan.Changes {
		fmt.Fprintf(&b, "%s %s", c.Action, c.Resource)
		for _, d := range c.Diffs {
			fmt.Fprintf(&b, "  %s: %q → %q", d.Attribute, d.From, d.To)
		}
		if c.May != "" {
			b.WriteString("  (may: " + c.May + ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}
