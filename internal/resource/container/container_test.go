package container_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/container"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const (
	made    = "/run/cache.json"
	running = "/run/cache.running"
)

// spec is a container as the engine of a test remembers it.
type spec struct {
	Labels map[string]string
	Argv   []string
	Env    string
}

// engine gives a host a docker or podman that knows one container, of the images redis:1 and redis:2.
func engine(h *memory.Host, program string) {
	_ = h.Mkdir("/run", resource.Meta{Mode: 0o755})
	h.Program(program, func(h *memory.Host, c resource.Command) (resource.Output, error) {
		fail := func(text string) (resource.Output, error) {
			return resource.Output{}, &resource.ExitError{Argv: c.Argv, Code: 1, Stderr: []byte(text + "\n")}
		}
		words := c.Argv[1:]
		line := strings.Join(words, " ")
		there := h.Text(made) != ""
		switch {
		case line == "pull --quiet redis:1", line == "pull --quiet redis:2", line == "image inspect local:1":
			return resource.Output{}, nil
		case words[0] == "pull", words[0] == "image":
			return fail("Using default tag\nError response from daemon: manifest unknown")
		case strings.HasPrefix(line, "container create --name cache "):
			if there {
				return fail(`Conflict. The container name "/cache" is already in use`)
			}
			s := spec{Labels: map[string]string{}, Argv: words, Env: string(c.Stdin)}
			for i, word := range words {
				if word == "--label" {
					key, value, _ := strings.Cut(words[i+1], "=")
					s.Labels[key] = value
				}
			}
			text, _ := json.Marshal(s)
			h.Set(made, string(text))
			return resource.Output{}, nil
		}
		if len(words) < 3 || words[0] != "container" || words[len(words)-1] != "cache" {
			return fail("unknown: " + line)
		}
		if !there {
			return fail("Error response from daemon: No such container: cache")
		}
		switch strings.Join(words[1:len(words)-1], " ") {
		case "inspect":
			var s spec
			_ = json.Unmarshal([]byte(h.Text(made)), &s)
			text, _ := json.Marshal([]any{map[string]any{"State": map[string]any{"Running": h.Text(running) != ""}, "Config": map[string]any{"Labels": s.Labels}}})
			return resource.Output{Stdout: text}, nil
		case "start", "restart":
			if strings.Contains(h.Text(made), "crash") {
				return fail("Error: failed to start containers: cache")
			}
			h.Set(running, "yes")
		case "stop":
			return resource.Output{}, h.Remove(running)
		case "rm --force":
			_ = h.Remove(running)
			return resource.Output{}, h.Remove(made)
		case "logs --tail 20":
			return resource.Output{Stdout: []byte("no config\n")}, nil
		default:
			return fail("unknown: " + line)
		}
		return resource.Output{}, nil
	})
	h.Calls = nil
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	engine(h, rapid.SampledFrom([]string{"docker", "podman"}).Draw(t, "engine"))
	if text := rapid.SampledFrom([]string{"", `{"Labels": null}`, `{"Labels": {"gemba.settings": "{\"image\": \"redis:1\", \"restart\": \"unless-stopped\"}"}}`}).Draw(t, "made"); text != "" {
		h.Set(made, text)
		if rapid.Bool().Draw(t, "running before") {
			h.Set(running, "yes")
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "absent?") == 0 {
		return "cache", map[string]any{"absent": true}
	}
	d := map[string]any{"image": rapid.SampledFrom([]string{"redis:1", "redis:2", "local:1"}).Draw(t, "image")}
	for name, value := range map[string]any{
		"command": []string{"redis-server", "--save", ""}, "ports": []string{"127.0.0.1:6379:6379"}, "volumes": []string{"/srv/cache:/data"}, "env": map[string]string{"A": "1"},
		"network": "host", "user": "1000", "restart": "always", "running": false,
	} {
		if rapid.Bool().Draw(t, name) {
			d[name] = value
		}
	}
	return "cache", d
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, container.Kind(), draw) }

func change(t *testing.T, h *memory.Host, d map[string]any) (resource.Difference, error) {
	t.Helper()
	r := resourcetest.Declare(t, container.Kind(), "cache", d)
	s, err := r.Observe(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if difference := r.Diff(s); difference.None() {
		return difference, nil
	}
	return r.Diff(s), r.Apply(t.Context(), h, s)
}

func TestItIsMadeOfWhatIsDeclaredAndNoArgumentShowsASecret(t *testing.T) {
	h := memory.New()
	engine(h, "docker")
	_, err := change(t, h, map[string]any{
		"image": "redis:1", "command": []string{"redis-server"}, "ports": []string{"6379:6379"}, "volumes": []string{"/srv/cache:/data:ro"},
		"env": map[string]string{"PASSWORD": "s3cret", "A": "1"}, "network": "host", "user": "1000",
	})
	var s spec
	if err != nil || json.Unmarshal([]byte(h.Text(made)), &s) != nil {
		t.Fatal(err)
	}
	want := strings.Fields("--publish 6379:6379 --volume /srv/cache:/data:ro --network host --user 1000 --env-file /dev/stdin redis:1 redis-server")
	if got := s.Argv[len(s.Argv)-len(want):]; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if s.Env != "A=1\nPASSWORD=s3cret\n" || strings.Contains(strings.Join(h.Calls, " "), "s3cret") {
		t.Errorf("%q, %v", s.Env, h.Calls)
	}
}

func TestTheOldOneRunsUntilTheNewImageIsThere(t *testing.T) {
	h := memory.New()
	engine(h, "podman")
	if _, err := change(t, h, map[string]any{"image": "redis:1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := change(t, h, map[string]any{"image": "nosuch:1"}); err == nil || err.Error() != "fetching nosuch:1: Error response from daemon: manifest unknown" {
		t.Errorf("%v", err)
	}
	if h.Text(running) == "" || !strings.Contains(h.Text(made), "redis:1") {
		t.Error("the old one is gone")
	}
	found, err := change(t, h, map[string]any{"image": "redis:2"})
	if want := []gemba.Diff{{Attribute: "image", From: "redis:1", To: "redis:2"}}; err != nil || !reflect.DeepEqual(found.Diffs, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestOneThatDoesNotStartShowsWhatItPrinted(t *testing.T) {
	h := memory.New()
	engine(h, "docker")
	_, err := change(t, h, map[string]any{"image": "redis:1", "command": []string{"crash"}})
	logged, ok := err.(interface{ Log() []string })
	if !ok || !slices.Equal(logged.Log(), []string{"no config"}) || err.Error() != "to start it: Error: failed to start containers: cache" {
		t.Errorf("%#v", err)
	}
}

func TestWhatIsToldReachesItOnlyWhileItRuns(t *testing.T) {
	for _, runs := range []bool{true, false} {
		h := memory.New()
		engine(h, "docker")
		d := map[string]any{"image": "redis:1", "running": runs}
		if _, err := change(t, h, d); err != nil {
			t.Fatal(err)
		}
		r := resourcetest.Declare(t, container.Kind(), "cache", d)
		s, err := r.Observe(t.Context(), h)
		if action := r.OnNotify(s); err != nil || (action == gemba.ActionRestart) != runs {
			t.Errorf("runs = %v: %q, %v", runs, action, err)
		}
		if err := r.Notified(t.Context(), h, s); err != nil {
			t.Error(err)
		}
	}
}

func TestWithoutAnEngineThePlanIsUnsure(t *testing.T) {
	h := memory.New()
	found, err := change(t, h, map[string]any{"image": "redis:1"})
	if found.Action != gemba.ActionCreate || found.May != "neither docker nor podman is there yet" || err == nil || !strings.Contains(err.Error(), "declare package") {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ name, declared, says string }{
		{"cache", `{}`, "needs an image"},
		{"cache", `{"image": "--privileged"}`, "no image"},
		{"cache", `{"absent": true, "image": "redis:1"}`, "has nothing else"},
		{"cache", `{"image": "a", "restart": "perhaps"}`, "restart is"},
		{"cache", `{"image": "a", "volumes": ["/srv"]}`, "not FROM:PATH"},
		{"cache", `{"image": "a", "env": {"A B": "c"}}`, "no name of a variable"},
		{"cache", `{"image": "a", "env": {"A": "b\nC=d"}}`, "several lines"},
		{"-cache", `{"image": "a"}`, "no name of a container"},
		{"a@b", `{"image": "a"}`, "no name of a container"},
	} {
		if _, err := container.Kind().New(c.name, []byte(c.declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", fmt.Sprint(c), err)
		}
	}
}
