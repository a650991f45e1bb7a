package deploy

import (
	"errors"
	"fmt"
	"testing"
)

// Every call that a deploy makes is cut short once, in each way. Whatever happens, a worker never runs twice, requests
// are always answered, and deploying again, or keeping what was placed, ends as if nothing had happened.
func TestADeployCutShortAnywhereIsCompletedByTheNext(t *testing.T) {
	ways := map[string]fault{"fails before": failsBefore, "fails after": failsAfter, "killed before": killedBefore, "killed after": killedAfter}
	for way, f := range ways {
		for _, kept := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, kept %v", way, kept), func(t *testing.T) {
				cuts := 0
				for at := 1; ; at++ {
					reached := false
					bubble(t, func(t *testing.T, w *world) { reached = w.cut(at, f, kept) })
					if !reached || t.Failed() {
						break
					}
					cuts++
				}
				if cuts < 30 {
					t.Errorf("only %d calls were cut short", cuts)
				}
			})
		}
	}
}

// cut replaces a release by another and cuts the call of that number short. It reports whether there was such a call.
func (w *world) cut(at int, f fault, kept bool) (reached bool) {
	w.alone["worker"], w.alone["nightly"] = true, true
	one, two := shop(w.t, "hello"), shop(w.t, "welcome")
	w.in(one)
	w.serves, w.calls, w.log = true, 0, nil
	w.fault = func(call int, name string) fault {
		if call != at {
			return none
		}
		reached = true
		w.log = append(w.log, "<"+name+" is cut short>")
		return f
	}
	died, err := try(func() error { _, err := w.deployer().Deploy(w.t.Context(), two, 2); return err })
	w.fault = nil
	if err != nil && !errors.Is(err, errFault) {
		w.t.Errorf("call %d: %v\n%v", at, err, w.log)
	}
	if reached && !died && err == nil && w.placed.Release.ID != two.ID {
		w.t.Errorf("call %d failed, and the deploy says neither that it did, nor is it done\n%v", at, w.log)
	}
	if kept {
		w.log = append(w.log, "<keeping>")
		if _, err := w.deployer().Keep(w.t.Context(), *w.placed); err != nil {
			w.t.Errorf("keeping: %v", err)
		}
	}
	w.log = append(w.log, "<again>")
	w.in(two)
	return reached
}

// The fault of the store or the runtime while a release that is not healthy is undone is said, and the next deploy mends it.
func TestAnUndoingCutShortIsCompletedByTheNext(t *testing.T) {
	for _, f := range []fault{failsBefore, failsAfter, killedBefore, killedAfter} {
		for at, reached := 1, true; reached && !t.Failed(); at++ {
			bubble(t, func(t *testing.T, w *world) {
				w.alone["worker"] = true
				one, two := shop(t, "hello"), shop(t, "welcome")
				w.in(one)
				w.sick["worker"+two.ID.Instance()] = "exited with 3"
				w.serves, w.calls, reached = true, 0, false
				w.fault = func(call int, _ string) fault {
					if call != at {
						return none
					}
					reached = true
					return f
				}
				try(func() error { _, err := w.deployer().Deploy(t.Context(), two, 2); return err })
				w.fault = nil
				w.in(one)
			})
		}
	}
}
