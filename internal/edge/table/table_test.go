package table_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/edge/table"
)

var (
	web = deploy.Route{Name: "production/web", Port: 8080}
	one = deploy.Target{Release: "one", Upstream: "127.0.0.1:9001"}
	two = deploy.Target{Release: "two", Upstream: "127.0.0.1:9002"}
)

func open(t testing.TB, dir string) *table.Table {
	t.Helper()
	tab, mended, err := table.Open(dir)
	if err != nil || mended != nil {
		t.Fatalf("opening the table: %v, mended %v", err, mended)
	}
	return tab
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestChangesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	tab := open(t, dir)
	must(t, tab.Put(web))
	must(t, tab.Put(deploy.Route{Name: "d", Domain: "d.test"}))
	must(t, tab.Switch(web.Name, one))
	must(t, tab.Switch(web.Name, two))
	must(t, tab.Remove("d"))

	again := open(t, dir)
	if routes := again.Routes(); len(routes) != 1 || routes[0] != web {
		t.Errorf("routes: %+v", routes)
	}
	if target, err := again.Target(web.Name); err != nil || target != two {
		t.Errorf("target: %+v, %v", target, err)
	}
	if again.OnPort(8080) != web.Name || again.OnPort(8081) != "" {
		t.Error("the port does not lead to its route")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*.tmp"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatChangesNothingWritesNothing(t *testing.T) {
	dir := t.TempDir()
	tab := open(t, dir)
	must(t, tab.Put(web))
	must(t, tab.Switch(web.Name, one))
	before, err := os.Stat(filepath.Join(dir, table.FileName))
	must(t, err)
	must(t, tab.Put(web))
	must(t, tab.Switch(web.Name, one))
	must(t, tab.Remove("unknown"))
	after, err := os.Stat(filepath.Join(dir, table.FileName))
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("the file was written again")
	}
}

func TestSwitchThatCannotBeKeptDoesNotHappen(t *testing.T) {
	dir := t.TempDir()
	tab := open(t, dir)
	must(t, tab.Put(web))
	must(t, tab.Switch(web.Name, one))
	must(t, os.RemoveAll(dir))
	if err := tab.Switch(web.Name, two); err == nil {
		t.Fatal("a switch without a disk was accepted")
	}
	if target, _ := tab.Target(web.Name); target != one {
		t.Errorf("it leads to %+v, which no restart would know", target)
	}
}

// Every byte that is lost or changed is noticed, and answered with the copy before.
func TestDamageIsNoticed(t *testing.T) {
	dir := t.TempDir()
	tab := open(t, dir)
	must(t, tab.Put(web))
	must(t, tab.Switch(web.Name, one))
	must(t, tab.Switch(web.Name, two))
	file, previous := filepath.Join(dir, table.FileName), filepath.Join(dir, table.PreviousName)
	whole, err := os.ReadFile(file)
	must(t, err)
	before, err := os.ReadFile(previous)
	must(t, err)

	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(whole)-2).Draw(rt, "at") // not the final newline
		damaged := append([]byte(nil), whole...)
		if rapid.Bool().Draw(rt, "cut") {
			damaged = damaged[:at]
		} else {
			damaged[at] ^= rapid.SampledFrom([]byte{1, 2, 4, 8, 16, 64, 128}).Draw(rt, "flip")
		}
		must(t, os.WriteFile(file, damaged, 0o600))
		must(t, os.WriteFile(previous, before, 0o600))
		mended, wrong, err := table.Open(dir)
		if gemba.CodeOf(err) == gemba.Newer && strings.Contains(string(damaged), `"version":`) {
			return // the damage made it a version to come, which is refused outright
		}
		if err != nil || wrong == nil {
			rt.Fatalf("%s\nopened with %v, mended %v", damaged, err, wrong)
		}
		if target, err := mended.Target(web.Name); err != nil || target != one {
			rt.Fatalf("it leads to %+v, %v; want the copy before", target, err)
		}
		if kept, err := os.ReadFile(filepath.Join(dir, table.BrokenName)); err != nil || string(kept) != string(damaged) {
			rt.Fatalf("the broken file was not kept: %v", err)
		}
	})
}

func TestTableOfANewerEdgeIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, table.FileName)
	must(t, os.WriteFile(file, []byte(`{"version":2,"lanes":[]}`), 0o600))
	_, _, err := table.Open(dir)
	if gemba.CodeOf(err) != gemba.Newer || !strings.Contains(err.Error(), file) {
		t.Errorf("opening it gave %v", err)
	}
}

func TestCrashBetweenTheTwoRenamesLosesNothing(t *testing.T) {
	dir := t.TempDir()
	tab := open(t, dir)
	must(t, tab.Put(web))
	must(t, tab.Switch(web.Name, one))
	must(t, os.Rename(filepath.Join(dir, table.FileName), filepath.Join(dir, table.PreviousName)))
	if target, err := open(t, dir).Target(web.Name); err != nil || target != one {
		t.Errorf("it leads to %+v, %v", target, err)
	}
}

func TestPortOfARemovedRouteGoesToItsNextOwner(t *testing.T) {
	tab := open(t, t.TempDir())
	must(t, tab.Put(web))
	must(t, tab.Switch(web.Name, one))
	visit := tab.Enter(web.Name) // keeps the removed route known
	must(t, tab.Remove(web.Name))
	must(t, tab.Put(deploy.Route{Name: "next", Port: web.Port}))
	must(t, tab.Put(deploy.Route{Name: web.Name, Port: 8081}))
	visit.Leave(false)
	if tab.OnPort(web.Port) != "next" || tab.OnPort(8081) != web.Name {
		t.Errorf("port %d leads to %q, 8081 to %q", web.Port, tab.OnPort(web.Port), tab.OnPort(8081))
	}
	if target, err := tab.Target(web.Name); err != nil || target != (deploy.Target{}) {
		t.Errorf("a route made again leads to %+v, %v", target, err)
	}
}

// A model of what is under way: whatever the order of visits and switches,
// each request is counted exactly once, where it is.
func TestEachRequestIsCountedWhereItIs(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := filepath.Join(base, fmt.Sprint(n))
		must(t, os.Mkdir(dir, 0o700))
		tab := open(t, dir)
		must(t, tab.Put(web))
		var current deploy.Target
		var visits []*table.Visit
		total := map[gemba.ReleaseID]deploy.Traffic{}
		targets := rapid.SampledFrom([]deploy.Target{one, two, {Release: "three", Root: "/srv"}, {}})
		rt.Repeat(map[string]func(*rapid.T){
			"switch": func(rt *rapid.T) {
				current = targets.Draw(rt, "target")
				must(t, tab.Switch(web.Name, current))
			},
			"enter": func(rt *rapid.T) {
				visit := tab.Enter(web.Name)
				if (visit == nil) != (current == deploy.Target{}) {
					rt.Fatalf("entered %v while the route leads to %+v", visit, current)
				}
				if visit == nil {
					return
				}
				if visit.Target() != current {
					rt.Fatalf("entered %+v while the route leads to %+v", visit.Target(), current)
				}
				visits = append(visits, visit)
				c := total[current.Release]
				c.Requests++
				total[current.Release] = c
			},
			"retry": func(rt *rapid.T) {
				if len(visits) == 0 {
					return
				}
				visit := rapid.SampledFrom(visits).Draw(rt, "visit")
				from := visit.Target()
				if from.Root != "" {
					return
				}
				visit.Upstream()
				if to := visit.Target(); to != from {
					a, b := total[from.Release], total[to.Release]
					a.Requests--
					total[from.Release] = a
					b = total[to.Release]
					b.Requests++
					total[to.Release] = b
				}
			},
			"leave": func(rt *rapid.T) {
				if len(visits) == 0 {
					return
				}
				i := rapid.IntRange(0, len(visits)-1).Draw(rt, "visit")
				failed := rapid.Bool().Draw(rt, "failed")
				id := visits[i].Target().Release
				visits[i].Leave(failed)
				visits = append(visits[:i], visits[i+1:]...)
				if failed {
					c := total[id]
					c.Failed++
					total[id] = c
				}
			},
			"": func(rt *rapid.T) {
				inFlight := map[gemba.ReleaseID]int{}
				for _, visit := range visits {
					inFlight[visit.Target().Release]++
				}
				counted, err := tab.Traffic(web.Name)
				must(t, err)
				for _, id := range []gemba.ReleaseID{"one", "two", "three"} {
					if got := tab.InFlight(web.Name, id); got != inFlight[id] {
						rt.Fatalf("%d in flight with %s, want %d", got, id, inFlight[id])
					}
					if counted[id] != total[id] {
						rt.Fatalf("%s had %+v, want %+v", id, counted[id], total[id])
					}
				}
			},
		})
	})
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"version":1,"sum":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","routes":[]}`))
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(``))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		must(t, os.WriteFile(filepath.Join(dir, table.FileName), data, 0o600))
		tab, _, err := table.Open(dir)
		if err != nil {
			if code := gemba.CodeOf(err); code != gemba.Invalid && code != gemba.Newer {
				t.Errorf("%q gave %v (%s)", data, err, code)
			}
			return
		}
		tab.Routes()
	})
}
