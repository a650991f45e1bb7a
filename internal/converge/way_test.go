package converge_test

import (
	"fmt"
	"reflect"
	"testing"

	"gemba"
	"gemba/internal/converge"
)

func with(name, copyOf string, hosts int) gemba.Environment {
	g := gemba.Group{Name: "web", Profile: "web"}
	for i := range hosts {
		g.Hosts = append(g.Hosts, gemba.Host{Name: fmt.Sprintf("%s-%d", name, i+1)})
	}
	return gemba.Environment{Name: name, CopyOf: copyOf, Groups: []gemba.Group{g}}
}

func TestCopiesComeBeforeWhatTheyCopy(t *testing.T) {
	all := []gemba.Environment{with("production", "", 2), with("staging", "production", 1), with("trial", "staging", 1), with("empty", "production", 0)}
	var names []string
	for _, e := range converge.Way(all) {
		names = append(names, e.Name)
	}
	if want := []string{"trial", "staging", "production"}; !reflect.DeepEqual(names, want) {
		t.Errorf("%v", names)
	}
	if !converge.Exception(all, "production") || !converge.Exception(all, "staging") || converge.Exception(all, "trial") {
		t.Error("what has a copy with hosts is changed through it")
	}
}

func TestOriginalsAreConvergedOneFirstAndThenAQuarterAtATime(t *testing.T) {
	for hosts, want := range map[int][]int{0: nil, 1: {1}, 2: {1, 1}, 9: {1, 3, 3, 2}} {
		var sizes []int
		for _, b := range converge.Batches(with("production", "", hosts)) {
			sizes = append(sizes, len(b))
		}
		if !reflect.DeepEqual(sizes, want) {
			t.Errorf("%d hosts: %v", hosts, sizes)
		}
	}
	if all := converge.Batches(with("staging", "production", 9)); len(all) != 1 || len(all[0]) != 9 {
		t.Errorf("%v", all)
	}
}
