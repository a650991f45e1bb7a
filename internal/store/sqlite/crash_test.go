package sqlite_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/ledger"
	"gemba/internal/store/sqlite"
)

const crashPath = "GEMBA_TEST_CRASH_PATH"

// crashChild, in a process that the crash test started, writes runs until it
// is killed; each line that it prints names a state that it was told is kept.
func crashChild() {
	path := os.Getenv(crashPath)
	if path == "" {
		return
	}
	s, err := sqlite.Open(context.Background(), path)
	for err == nil {
		err = writeRun(s)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func writeRun(s *sqlite.Store) error {
	ctx := context.Background()
	run, err := s.Create(ctx, gemba.Run{Service: "guestbook", State: gemba.Running, Message: "0",
		Steps: []gemba.Step{{Index: 0, State: gemba.Pending}, {Index: 1, State: gemba.Pending}}}, []byte("plan"), state("0"))
	for n := 0; err == nil; n++ {
		fmt.Println(run.ID, run.Message)
		if n == len(run.Steps) {
			return nil
		}
		run.Message = fmt.Sprint(n + 1)
		run.Steps[n].State, run.Steps[n].Message = gemba.Succeeded, run.Message
		event := state(run.Message)
		event.Run = run.ID
		err = s.Save(ctx, run, run.Steps[n:n+1], event)
	}
	return err
}

// state tells in an event which state a run has reached.
func state(message string) gemba.Event {
	data, _ := json.Marshal(message)
	return gemba.Event{Actor: "gemba", Kind: "run.saved", Subject: "service/guestbook", Data: data}
}

func TestKilledWritersLeaveEveryStateWithItsEvent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	acknowledged := map[string]string{} // the latest state of each run that a writer was told is kept
	for range 5 {
		for id, message := range killedWriter(t, path, time.Duration(random.IntN(40_000))*time.Microsecond) {
			acknowledged[id] = message
		}
	}
	if len(acknowledged) == 0 {
		t.Fatal("no writer got to write")
	}
	s := open(t, path)
	told := statesInLedger(t, s)
	runs, err := s.Runs(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != len(told) {
		t.Fatalf("%d runs, %d in the ledger", len(runs), len(told))
	}
	for _, run := range runs {
		checkState(t, run, told[run.ID], acknowledged[fmt.Sprint(run.ID)])
	}
	t.Logf("%d runs, %d of them acknowledged", len(runs), len(acknowledged))
}

// killedWriter runs a writer, kills it some time after its first word, and returns what it was told.
func killedWriter(t *testing.T, path string, after time.Duration) map[string]string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashPath+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	first, err := reader.ReadString('\n')
	if err != nil {
		t.Fatalf("the writer said nothing: %v", err)
	}
	time.AfterFunc(after, func() { _ = child.Process.Kill() })
	rest, _ := io.ReadAll(reader)
	_ = child.Wait() // killed

	states := map[string]string{}
	for _, line := range strings.Split(first+string(rest), "\n") {
		if id, message, whole := strings.Cut(line, " "); whole && message != "" {
			states[id] = message
		}
	}
	return states
}

// statesInLedger reads the latest state told of each run, and checks that no seq is missing.
func statesInLedger(t *testing.T, s *sqlite.Store) map[int64]string {
	t.Helper()
	told, next := map[int64]string{}, int64(1)
	err := s.Leaves(t.Context(), 1, func(seq int64, leaf []byte) error {
		if seq != next {
			t.Fatalf("event %d follows event %d", seq, next-1)
		}
		next++
		event, err := ledger.Decode(leaf)
		if err != nil {
			return err
		}
		var message string
		err = json.Unmarshal(event.Data, &message)
		told[event.Run] = message
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return told
}

func checkState(t *testing.T, run gemba.Run, told, acknowledged string) {
	t.Helper()
	if run.Message != told {
		t.Errorf("run %d is in state %s, the ledger says %s", run.ID, run.Message, told)
	}
	if run.Message < acknowledged {
		t.Errorf("run %d is in state %s, its writer was told that %s is kept", run.ID, run.Message, acknowledged)
	}
	for _, step := range run.Steps {
		if done := fmt.Sprint(step.Index+1) <= run.Message; done != (step.State == gemba.Succeeded) {
			t.Errorf("run %d is in state %s, its step %d is %s", run.ID, run.Message, step.Index, step.State)
		}
	}
}
