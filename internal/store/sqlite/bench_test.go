package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"gemba"
)

// tenSteps is a run as the pipeline drives it: created with ten steps, saved
// after each, and once more at its end. It returns the number of commits.
func tenSteps(ctx context.Context, s interface {
	Create(context.Context, gemba.Run, []byte, ...gemba.Event) (gemba.Run, error)
	Save(context.Context, gemba.Run, []gemba.Step, ...gemba.Event) error
}) (int, error) {
	now := time.Now()
	run := gemba.Run{Service: "guestbook", Actor: "uid:1000(ana)", State: gemba.Running, Created: now, Commit: gemba.Commit{Hash: "4f2a91c", Time: now}}
	for i := range 10 {
		run.Steps = append(run.Steps, gemba.Step{Index: i, Kind: gemba.StepTask, Name: fmt.Sprint("step", i), State: gemba.Pending})
	}
	event := gemba.Event{Actor: "gemba", Kind: "step.succeeded", Subject: "service/guestbook", Data: []byte(`{"step":"step"}`)}
	run, err := s.Create(ctx, run, make([]byte, 16<<10), event)
	if err != nil {
		return 0, err
	}
	event.Run = run.ID
	for i := range run.Steps {
		run.Steps[i].State = gemba.Succeeded
		if err := s.Save(ctx, run, run.Steps[i:i+1], event); err != nil {
			return 0, err
		}
	}
	run.State = gemba.Succeeded
	return len(run.Steps) + 2, s.Save(ctx, run, nil, event)
}

// BenchmarkRunOfTenSteps reports, beside the time, what one commit costs in
// CPU time (user and system, of the whole process).
func BenchmarkRunOfTenSteps(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "state.db"))
	commits, before := 0, cpu()
	for b.Loop() {
		n, err := tenSteps(b.Context(), s)
		if err != nil {
			b.Fatal(err)
		}
		commits += n
	}
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(commits), "cpu-µs/commit")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(commits), "µs/commit")
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
