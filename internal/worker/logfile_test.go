package worker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba/internal/wire"
)

func TestLogGoesOnAfterARecordThatWasCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("2026-11-23T13:06:11.070Z at 500\n2026-11-23T13:06:11.070Z out half"), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := openLog(path, wire.LogPolicy{}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer log.close()
	log.note("begins again")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(content), "\n")
	if len(lines) != 4 || !strings.HasSuffix(lines[1], " out half") || !strings.HasSuffix(lines[2], " gemba begins again") {
		t.Fatalf("the log is %q", content)
	}
	if bytes, _ := log.tally(); bytes != 500+int64(len(content)-len(lines[0])-1) {
		t.Fatalf("the whole log has %d bytes", bytes)
	}
}

func TestBackoffDoublesAndIsShortAgainAfterAGoodRun(t *testing.T) {
	policy := wire.Restart{Min: 10, Max: 35, Reset: 100}
	policy.Min *= 1e6
	policy.Max *= 1e6
	policy.Reset *= 1e6
	var back backoff
	var got []time.Duration
	for _, ran := range []time.Duration{0, 0, 0, 0, 100 * time.Millisecond, 0} {
		got = append(got, back.next(policy, ran)/time.Millisecond)
	}
	for i, want := range []time.Duration{10, 20, 35, 35, 10, 20} {
		if got[i] != want {
			t.Fatalf("the pauses are %v ms", got)
		}
	}
}

func TestCharacterIsNotCutInTwo(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a": 1, "ä": 2, "ä\xc3": 2, "\xf0\x9f\x98": 0, "a\xe2\x82": 1, "\xff": 1, "a\x80\x80\x80\x80": 5} {
		if got := characters([]byte(text)); got != want {
			t.Errorf("of %q, %d bytes are whole characters, want %d", text, got, want)
		}
	}
}

func TestPathsOfASandboxAreLedToTheMachine(t *testing.T) {
	p := plan{WorkDir: "/src/app", Argv: []string{"/tools/go", "build", "/srcs"}, Env: []string{"PATH=/tools:/bin", "A=/src", "B=src=/src/x"}}
	p.translate(&wire.Sandbox{
		Write: []wire.Mount{{Source: "/var/work", Target: "/src"}},
		Read:  []wire.Mount{{Source: "/home/x/go/bin", Target: "/tools"}},
	})
	got := strings.Join(append(append([]string{p.WorkDir}, p.Argv...), p.Env...), " ")
	want := "/var/work/app /home/x/go/bin/go build /srcs PATH=/home/x/go/bin:/bin A=/var/work B=src=/src/x"
	if got != want {
		t.Fatalf("%s, want %s", got, want)
	}
}

func TestAccountsGetAnEntryOnlyWhereTheyHaveNone(t *testing.T) {
	passwd := []byte("root:x:0:0:root:/root:/bin/sh\nana:x:610:610::/home/ana:/bin/sh")
	if got := withEntry(passwd, 610, "new"); string(got) != string(passwd) {
		t.Fatalf("%q", got)
	}
	if got := withEntry(passwd, 61, "new"); !strings.HasSuffix(string(got), "/bin/sh\nnew\n") {
		t.Fatalf("%q", got)
	}
}

func TestWhatIsPrintedAtOnceIsRotatedLikeWhatIsPrintedSlowly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := openLog(path, wire.LogPolicy{Rotate: 1000, Keep: 2}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer log.close()
	record := "2026-11-23T13:06:11.070Z out " + strings.Repeat("x", 70) + "\n"
	log.write([]byte(strings.Repeat(record, 50)), 50*70)
	log.write([]byte("2026-11-23T13:06:11.070Z out "+strings.Repeat("y", 5000)+"\n"), 5000)
	log.note("the end")
	if length, dropped := log.tally(); dropped != 0 || length < 50*100+5000 {
		t.Fatalf("the log is %d bytes long, %d were dropped", length, dropped)
	}
	for name, limit := range map[string]int64{path: 1000, path + ".1": 5100, path + ".2": 1000} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > limit {
			t.Errorf("%s has %d bytes, more than %d", filepath.Base(name), info.Size(), limit)
		}
	}
}
