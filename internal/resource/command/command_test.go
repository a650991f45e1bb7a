package command_test

import (
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/command"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

// programs gives a host `make FILE`, `exists FILE` and `missing FILE`.
func programs(h *memory.Host) {
	exists := func(h *memory.Host, c resource.Command, wanted bool) (resource.Output, error) {
		if _, err := h.Lstat(c.Argv[1]); (err == nil) != wanted {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1}
		}
		return resource.Output{}, nil
	}
	h.Program("exists", func(h *memory.Host, c resource.Command) (resource.Output, error) { return exists(h, c, true) })
	h.Program("missing", func(h *memory.Host, c resource.Command) (resource.Output, error) { return exists(h, c, false) })
	h.Program("make", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		h.Set(c.Argv[1], "made")
		return resource.Output{}, nil
	})
	h.Program("sh", func(h *memory.Host, c resource.Command) (resource.Output, error) {
		if strings.Join(c.Argv, " ") != `sh -e -c eval "$(cat)"` || string(c.Stdin) != "make it" {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 2}
		}
		h.Set("/tmp/it", "made")
		return resource.Output{}, nil
	})
	h.Calls = nil
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	programs(h)
	if rapid.Bool().Draw(t, "made before") {
		h.Set("/tmp/it", "by hand")
	}
	d := map[string]any{"run": []string{"make", "/tmp/it"}}
	if rapid.Bool().Draw(t, "script?") {
		d = map[string]any{"script": "make it"}
	}
	guards := map[string]any{"creates": "/tmp/it", "unless": []string{"exists", "/tmp/it"}, "only_if": []string{"missing", "/tmp/it"}, "when_notified": true}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"creates", "unless", "only_if", "when_notified"}), 1, 4, rapid.ID).Draw(t, "guards") {
		d[name] = guards[name]
	}
	return "make it", d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, command.Kind(), draw) }

func observe(t *testing.T, h *memory.Host, d map[string]any) (resource.Resource, resource.State, resource.Difference) {
	t.Helper()
	r := resourcetest.Declare(t, command.Kind(), "it", d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return r, s, r.Diff(s)
}

func TestWithoutAConditionItRunsAtEveryApply(t *testing.T) {
	h := memory.New()
	programs(h)
	for range 2 {
		r, s, d := observe(t, h, map[string]any{"run": []string{"make", "/tmp/it"}})
		want := resource.Difference{Action: gemba.ActionRun, Diffs: []gemba.Diff{{Attribute: "run", To: "make /tmp/it"}}, May: "it runs at every apply: neither creates, unless nor only_if says when it is done"}
		if !reflect.DeepEqual(d, want) {
			t.Errorf("%+v", d)
		}
		if err := r.Apply(t.Context(), h, s); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatWaitsToBeToldRunsOnlyThen(t *testing.T) {
	h := memory.New()
	programs(h)
	d := map[string]any{"run": []string{"make", "/tmp/it"}, "when_notified": true, "creates": "/tmp/it"}
	r, s, difference := observe(t, h, d)
	if !difference.None() || r.OnNotify(s) != gemba.ActionRun {
		t.Errorf("%+v, told: %q", difference, r.OnNotify(s))
	}
	if err := r.Notified(t.Context(), h, s); err != nil || h.Text("/tmp/it") != "made" {
		t.Errorf("%v, %q", err, h.Text("/tmp/it"))
	}
	if r, s, _ := observe(t, h, d); r.OnNotify(s) != "" {
		t.Errorf("there is nothing to do, and it would %q", r.OnNotify(s))
	}
	if r, s, _ := observe(t, h, map[string]any{"run": []string{"make", "/tmp/x"}}); r.OnNotify(s) != "" {
		t.Errorf("it runs anyway, and would run twice")
	}
}

func TestAQuestionThatCannotBeAskedYetIsNoFailureOfThePlan(t *testing.T) {
	h := memory.New()
	programs(h)
	for says, d := range map[string]map[string]any{
		"there is no program guestbook": {"unless": []string{"guestbook", "--check"}},
		"/srv/new is not there":         {"unless": []string{"exists", "/tmp/it"}, "cwd": "/srv/new"},
		`there is no user "new"`:        {"only_if": []string{"exists", "/tmp/it"}, "user": "new"},
	} {
		d["run"] = []string{"make", "/tmp/it"}
		if _, _, difference := observe(t, h, d); difference.Action != gemba.ActionRun || !strings.Contains(difference.May, says) {
			t.Errorf("%v: %+v", d, difference)
		}
	}
}

func TestItRunsWithWhatIsDeclared(t *testing.T) {
	h := memory.New()
	programs(h)
	var ran resource.Command
	h.Program("show", func(_ *memory.Host, c resource.Command) (resource.Output, error) {
		ran = c
		return resource.Output{Stdout: []byte("one\n")}, &resource.ExitError{Argv: c.Argv, Code: 7, Stderr: []byte("no database\n")}
	})
	r, s, _ := observe(t, h, map[string]any{"run": []string{"show", "s3cret"}, "cwd": "/tmp", "user": "www-data", "env": map[string]string{"B": "2", "A": "1"}, "timeout": "1m"})
	err := r.Apply(t.Context(), h, s)
	if err == nil || err.Error() != "it ended with 7: no database" || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
	logged, ok := err.(interface{ Log() []string })
	if !ok || !slices.Equal(logged.Log(), []string{"one", "no database"}) {
		t.Errorf("%#v", err)
	}
	if ran.Dir != "/tmp" || ran.User != "www-data" || !slices.Equal(ran.Env, []string{"A=1", "B=2"}) || ran.Timeout.String() != "1m0s" {
		t.Errorf("%+v", ran)
	}
}

// The real shell has to take scripts as the kind gives them.
func TestAScriptEndsAtItsFirstFailureAndKeepsItsOwnStandardInput(t *testing.T) {
	h := memory.New()
	h.Program("sh", func(_ *memory.Host, c resource.Command) (resource.Output, error) {
		cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
		cmd.Stdin = strings.NewReader(string(c.Stdin))
		out, err := cmd.Output()
		if err != nil {
			return resource.Output{Stdout: out}, &resource.ExitError{Argv: c.Argv, Code: cmd.ProcessState.ExitCode()}
		}
		return resource.Output{Stdout: out}, nil
	})
	r, s, _ := observe(t, h, map[string]any{"script": "cat\necho \"it's\" $((1 + 1))\nfalse\necho never\n"})
	err := r.Apply(t.Context(), h, s)
	if err == nil || err.Error() != "it ended with 1: it's 2" {
		t.Errorf("%v", err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for declared, says := range map[string]string{
		`{}`:                                   "nothing to run",
		`{"run": ["a"], "script": "b"}`:        "exclude each other",
		`{"run": []}`:                          "names no program",
		`{"run": ["a"], "timeout": "soon"}`:    "is a duration",
		`{"run": ["a"], "cwd": "srv"}`:         "absolute path",
		`{"run": ["a"], "creates": "srv/../"}`: "absolute path",
		`{"run": ["a"], "env": {"A=B": "c"}}`:  "without '='",
	} {
		if _, err := command.Kind().New("it", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
}
