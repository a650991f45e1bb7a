package cron_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/cron"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
)

const file = "/etc/cron.d/report"

func prepare(t interface{ Fatal(...any) }, h *memory.Host) {
	if err := h.Mkdir("/etc/cron.d", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(t, h)
	switch rapid.SampledFrom([]string{"nothing", "file", "link"}).Draw(t, "what is there") {
	case "file":
		h.Set(file, rapid.SampledFrom([]string{"", "@daily root true\n", "A=b\n1 2 3 4 5 root true", "# Gemba writes this file; what is changed by hand does not stay.\n@daily root true\n"}).Draw(t, "content"))
		if rapid.Bool().Draw(t, "private") {
			if err := h.Chmod(file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	case "link":
		if err := h.Symlink("/nowhere", file); err != nil {
			t.Fatal(err)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
		return "report", map[string]any{"absent": true}
	}
	declared := map[string]any{
		"schedule": rapid.SampledFrom([]string{"@daily", "*/5 * * * *", "0 6 1,15 jan 7"}).Draw(t, "schedule"),
		"command":  rapid.SampledFrom([]string{"true", "a=b c", "date +%F"}).Draw(t, "command"),
	}
	if rapid.Bool().Draw(t, "env?") {
		declared["env"] = map[string]string{"MAILTO": rapid.SampledFrom([]string{"", " x ", "a@b"}).Draw(t, "env")}
	}
	return "report", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, cron.Kind(), draw) }

func TestTheFileIsWhatCronReads(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	_, err := resourcetest.Change(t, cron.Kind(), h, "report", map[string]any{
		"schedule": "15  6 * * 1-5", "user": "www-data", "command": `date +%F; date +\%H`, "env": map[string]string{"PATH": "/usr/bin:/bin", "MAILTO": "", "NOTE": `it's`},
	})
	want := "# Gemba writes this file; what is changed by hand does not stay.\nMAILTO=\"\"\nNOTE=\"it's\"\nPATH=/usr/bin:/bin\n" +
		`15 6 * * 1-5 www-data date +\%F; date +\%H` + "\n"
	if info, _ := h.Lstat(file); err != nil || h.Text(file) != want || info.Mode != 0o600 {
		t.Errorf("%s\n%v", h.Text(file), err)
	}
}

func TestADifferenceNamesWhatDiffers(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	if _, err := resourcetest.Change(t, cron.Kind(), h, "report", map[string]any{"schedule": "@daily", "command": "a b"}); err != nil {
		t.Fatal(err)
	}
	difference, err := resourcetest.Change(t, cron.Kind(), h, "report", map[string]any{"schedule": "1 2 3 4 5", "command": "a b"})
	if err != nil || !reflect.DeepEqual(difference.Diffs, []gemba.Diff{{Attribute: "schedule", From: "@daily", To: "1 2 3 4 5"}}) {
		t.Errorf("%+v, %v", difference, err)
	}
}

func TestAFileThatOthersMayWriteIsPutRight(t *testing.T) {
	h := memory.New()
	prepare(t, h)
	declared := map[string]any{"schedule": "@daily", "command": "true"}
	if _, err := resourcetest.Change(t, cron.Kind(), h, "report", declared); err != nil {
		t.Fatal(err)
	}
	if err := h.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := h.Chown(file, 33, 33); err != nil {
		t.Fatal(err)
	}
	difference, err := resourcetest.Change(t, cron.Kind(), h, "report", declared)
	if info, _ := h.Lstat(file); err != nil || len(difference.Diffs) != 2 || info.Mode != 0o600 || info.UID != 0 {
		t.Errorf("%+v, %v", difference, err)
	}
}

func TestSchedules(t *testing.T) {
	declare := func(schedule string) error {
		text, _ := json.Marshal(map[string]any{"schedule": schedule, "command": "true"})
		_, err := cron.Kind().New("report", text)
		return err
	}
	for _, good := range []string{"@reboot", "@daily", "* * * * *", "0 0 * * 7", "0 0 * * 5-7", "0 0 * * sun", "*/10 0-6/2 1,15 jan-mar *"} {
		if err := declare(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* * * * 8", "@every 5m", "@sometimes", "TZ=UTC * * * *", "? * * * *", "* * 0 * *"} {
		if err := declare(bad); gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"nothing else":        `{"absent": true, "command": "true"}`,
		"is one line":         `{"schedule": "@daily", "command": "a\nb"}`,
		"no name of":          `{"schedule": "@daily", "command": "a", "env": {"A B": "c"}}`,
		"more than one":       `{"schedule": "@daily", "command": "a", "env": {"A": "b\n* * * * * root c"}}`,
		"both kinds":          `{"schedule": "@daily", "command": "a", "env": {"A": "'\""}}`,
		"has ' ' in it":       `{"schedule": "@daily", "command": "a", "user": "root id"}`,
		"schedule is five fi": `{"command": "a"}`,
	} {
		if _, err := cron.Kind().New("report", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
	if _, err := cron.Kind().New("report.sh", []byte(`{"schedule": "@daily", "command": "a"}`)); err == nil {
		t.Error("a name that cron passes over is taken")
	}
}
