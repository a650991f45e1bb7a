package deploy

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"gemba"
)

// shop is a service with a process of each way to be replaced; greeting makes its releases differ.
func shop(t *testing.T, greeting string, processes ...gemba.Process) gemba.Release {
	t.Helper()
	if processes == nil {
		processes = []gemba.Process{web, worker, nightly}
	}
	service := gemba.Service{Name: "shop", Processes: processes, Data: &gemba.Data{}}
	environment := gemba.Environment{Name: "production", Deploys: []gemba.Deploy{{Service: "shop", Schedules: true, Env: map[string]gemba.Value{"GREETING": gemba.Text(greeting)}}}}
	release, err := NewRelease(service, environment, "sha256:9c1e", nil)
	if err != nil {
		t.Fatal(err)
	}
	return release
}

var (
	web     = gemba.Process{Name: "web", Kind: gemba.Web, Replace: gemba.BlueGreen, StopTimeout: gemba.Duration(10 * time.Second)}
	worker  = gemba.Process{Name: "worker", Kind: gemba.Worker, Replace: gemba.StopFirst, StopTimeout: gemba.Duration(10 * time.Second)}
	nightly = gemba.Process{Name: "nightly", Kind: gemba.Schedule, Cron: "0 3 * * *", Replace: gemba.StopFirst}
	site    = gemba.Process{Name: "site", Kind: gemba.Static, Root: "public"}
)

// in deploys a release into the world and wants it in place.
func (w *world) in(release gemba.Release) Result {
	w.t.Helper()
	result, err := w.deployer().Deploy(w.t.Context(), release, 1)
	if err != nil {
		w.t.Fatalf("deploying: %v\n%v", err, w.log)
	}
	if result.PutBack == nil {
		w.converged(release)
	}
	return result
}

// converged checks that the release, all of it and nothing else is there.
func (w *world) converged(release gemba.Release) {
	w.t.Helper()
	seen, err := w.deployer().observe(context.Background(), release)
	if err != nil {
		w.t.Fatal(err)
	}
	if difference := seen.difference(release); difference != "" {
		w.t.Errorf("not in place: %s\n%v", difference, w.log)
	}
	if release.Routed() && !w.answers() {
		w.t.Errorf("requests to %+v are not answered\n%v", w.target, w.log)
	}
}

// effects of the calls so far, without the looking.
func (w *world) effects() (list []string) {
	for _, name := range w.log {
		if verb, _, _ := strings.Cut(name, " "); slices.Contains([]string{"start", "stop", "switch", "place"}, verb) {
			list = append(list, name)
		}
	}
	w.log = nil
	return list
}

// order checks that the named effects, by their beginnings, came one after the other.
func order(t *testing.T, effects []string, wanted ...string) {
	t.Helper()
	at := 0
	for _, effect := range effects {
		if at < len(wanted) && strings.HasPrefix(effect, wanted[at]) {
			at++
		}
	}
	if at < len(wanted) {
		t.Errorf("%q does not come after %q in %q", wanted[at], wanted[:at], effects)
	}
}

func TestTheSameReleaseAgainChangesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.in(shop(t, "hello"))
		w.effects()
		if again := w.in(shop(t, "hello")); !again.Unchanged || again.Address == "" {
			t.Errorf("the same release again: %+v", again)
		}
		if effects := w.effects(); len(effects) != 0 {
			t.Errorf("the same release again did %q", effects)
		}
	})
}

func TestWhatIsNotTheReleasesIsRepaired(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		release := shop(t, "hello")
		w.in(release)
		for id := range w.instances {
			if id.Process == "worker" {
				delete(w.instances, id) // somebody killed it
			}
		}
		w.effects()
		if result := w.in(release); len(result.Started) != 1 || !strings.Contains(result.Started[0], "worker") {
			t.Errorf("a missing worker: started %q", result.Started)
		}
		order(t, w.effects(), "start production.shop.worker")
	})
}

func TestANewReleaseTakesOverBesideOrInTurns(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.alone["worker"], w.alone["nightly"] = true, true
		one, two := shop(t, "hello"), shop(t, "welcome")
		w.in(one)
		w.effects()
		w.serves = true
		result := w.in(two)
		if result.Before != one.ID || len(result.Started) != 3 {
			t.Errorf("result %+v", result)
		}
		effects := w.effects()
		old, fresh := "."+one.ID.Instance(), "."+two.ID.Instance()
		order(t, effects, "start production.shop.web"+fresh, "stop production.shop.worker"+old, "start production.shop.worker"+fresh,
			"switch to "+two.ID.Short(), "place", "stop production.shop.web"+old)
	})
}

func TestRequestsUnderWayAreWaitedForAsLongAsAProcessMayTakeToStop(t *testing.T) {
	for name, test := range map[string]struct {
		inFlight int
		longest  time.Duration
	}{"answered": {3, 2 * time.Second}, "never answered": {1 << 30, 11 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				one, two := shop(t, "hello", web), shop(t, "welcome", web)
				w.in(one)
				w.inFlight[one.ID] = test.inFlight
				began := time.Now()
				w.in(two)
				if took := time.Since(began); took > test.longest {
					t.Errorf("it took %v", took)
				}
				if test.inFlight < 10 && w.inFlight[one.ID] != 0 {
					t.Errorf("it stopped with %d requests under way", w.inFlight[one.ID])
				}
			})
		})
	}
}

func TestAReleaseThatIsNotHealthyIsRemovedAndTheOneBeforeServes(t *testing.T) {
	for _, process := range []string{"web", "worker"} {
		t.Run(process, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.alone["worker"] = true
				one, two := shop(t, "hello"), shop(t, "welcome")
				w.in(one)
				w.serves = true
				w.sick[process+two.ID.Instance()] = "exited with 3"
				result := w.in(two)
				back := result.PutBack
				if back == nil || back.Process != process || !strings.Contains(back.Reason, "exited with 3") || back.To != one.ID || len(back.Log) != 1 {
					t.Fatalf("put back: %+v", back)
				}
				if back.Served != (process == "web") {
					t.Errorf("%s: served all along is %v", process, back.Served)
				}
				w.converged(one)
			})
		})
	}
}

func TestAFirstReleaseThatIsNotHealthyLeavesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		one := shop(t, "hello", web)
		w.mute["web"+one.ID.Instance()] = true
		result := w.in(one)
		if back := result.PutBack; back == nil || back.To != "" || !strings.Contains(back.Reason, "answered 503 for 30 s") {
			t.Fatalf("put back: %+v", back)
		}
		if len(w.instances) != 0 || w.target != (Target{}) || w.placed != nil {
			t.Errorf("left: %v, %+v, %+v", w.instances, w.target, w.placed)
		}
	})
}

func TestAStaticSiteIsSwitchedWithoutProcesses(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.in(shop(t, "hello", site))
		if w.target.Root != "/releases/sha256:9c1e/public" || len(w.instances) != 0 {
			t.Errorf("leads to %+v, runs %v", w.target, w.instances)
		}
		// From files to a process and back.
		w.serves = true
		w.in(shop(t, "hello", web))
		w.in(shop(t, "hello", site))
	})
}

func TestAServiceWithoutAWayInIsPlacedToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		if result := w.in(shop(t, "hello", worker)); result.Address != "" || len(w.routes) != 0 {
			t.Errorf("address %q, routes %v", result.Address, w.routes)
		}
	})
}

func TestTakenDownNothingRunsAndItComesBack(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		release := shop(t, "hello")
		w.in(release)
		if err := w.deployer().TakeDown(t.Context(), *w.placed, "ana"); err != nil {
			t.Fatal(err)
		}
		if len(w.instances) != 0 || !w.placed.Stopped {
			t.Errorf("left: %v, stopped %v", w.instances, w.placed.Stopped)
		}
		shown, err := w.deployer().Look(t.Context(), *w.placed)
		if err != nil || shown.Healthy || shown.Reason != "taken down" {
			t.Errorf("looks %+v, %v", shown, err)
		}
		if result := w.in(release); result.Unchanged || result.Before != "" {
			t.Errorf("brought back: %+v", result)
		}
	})
}

func TestWhatIsKilledAsSoonAsItIsPlacedIsStartedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.in(shop(t, "hello"))
		w.fault = func(_ int, name string) fault {
			if name == "place" {
				for _, i := range w.instances {
					i.Alive = false
				}
			}
			return none
		}
		w.in(shop(t, "warmer"))
	})
}

func TestWhatWasReplacedOrTakenDownMeanwhileIsNotKept(t *testing.T) {
	for name, meanwhile := range map[string]func(*world){
		"replaced": func(w *world) { w.in(shop(t, "warmer")) },
		"taken down": func(w *world) {
			if err := w.deployer().TakeDown(t.Context(), *w.placed, "ana"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.in(shop(t, "hello"))
				read := *w.placed
				meanwhile(w)
				w.effects()
				started, err := w.deployer().Keep(t.Context(), read)
				if err != nil || len(started) > 0 || len(w.effects()) > 0 {
					t.Errorf("started %v, %v\n%v", started, err, w.log)
				}
			})
		})
	}
}

func TestAfterAReboot(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		release := shop(t, "hello")
		w.in(release)
		for _, i := range w.instances {
			i.Alive, i.Serving = false, false
		}
		w.target = Target{}
		started, err := w.deployer().Keep(t.Context(), *w.placed)
		if slices.Sort(started); err != nil || !slices.Equal(started, []string{"nightly", "web", "worker"}) {
			t.Errorf("started %q, %v", started, err)
		}
		w.converged(release)
		if started, err = w.deployer().Keep(t.Context(), *w.placed); err != nil || started != nil {
			t.Errorf("once more started %q, %v", started, err)
		}
	})
}

func TestOneVariableIsAnotherRelease(t *testing.T) {
	same, other := shop(t, "hello"), shop(t, "hello.")
	if same.ID != shop(t, "hello").ID || same.ID == other.ID {
		t.Error("the identity of a release is not that of what it is made of")
	}
	committed := same
	committed.Commit, committed.Created = gemba.Commit{Hash: "4f2a91c"}, time.Now()
	if identify(committed) != same.ID {
		t.Error("a commit, or a time, changes the identity")
	}
}
