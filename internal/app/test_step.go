package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"gemba"
	"gemba/internal/build"
	"gemba/internal/build/report"
	"gemba/internal/driver/process"
	"gemba/internal/pipeline"
	"gemba/internal/redact"
	"gemba/internal/wire"
)

// testDetail is what a test step keeps.
type testDetail struct {
	Task string `json:"task,omitempty"`
	From int64  `json:"from,omitempty"` // the run whose results are reused
}

// test runs one suite over what was built, unless it has passed over exactly that already.
func (w *work) test(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	suite, ok := find(job.Plan.Service.Tests, func(t gemba.Test) bool { return t.Name == job.Step.Name })
	if !ok {
		return pipeline.Error(fmt.Errorf("the commit declares no test %q", job.Step.Name))
	}
	key := build.SuiteKey(builtWith(job.Run).Key, suite)
	if from, passed, err := w.store.SuitePassed(ctx, job.Run.Service, key, suite.Name); err != nil {
		return pipeline.Error(err)
	} else if passed && job.Run.Rebuild == "" {
		return pipeline.Outcome{State: gemba.Reused, Message: fmt.Sprintf("passed in run %d", from), Detail: testDetail{From: from}}
	}
	left := budget(job.Plan.Service).Left(job.Run, w.now())
	if left <= 0 {
		return pipeline.Fail(gemba.BuildFailed, budget(job.Plan.Service).Over(job.Run, w.now()))
	}
	source, err := w.tested(ctx, job)
	if err != nil {
		return pipeline.Error(err)
	}
	id := taskName(job.Run.ID, job.Step)
	work := script{
		id: id, text: suite.Run, service: job.Plan.Service, network: suite.Network, env: suite.Env, beside: suite.With, source: source,
		timeout: left, secrets: w.secrets.of(job.Plan.Secrets),
	}
	task, exit, err := w.exec(ctx, work, job)
	if err != nil {
		return pipeline.Error(err)
	}
	results, problem := w.results(ctx, suite, task, filepath.Join(source, job.Plan.Service.Dir))
	if err := work.redact(ctx, results); err != nil {
		return pipeline.Error(err)
	}
	outcome := judge(suite, exit, results, problem, job, w)
	outcome.Detail = testDetail{Task: id}
	if err := w.store.KeepSuite(ctx, build.Suite{
		Run: job.Run.ID, Service: job.Run.Service, Key: key, Suite: suite.Name, Passed: outcome.State.Good(), Results: results,
	}); err != nil {
		return pipeline.Error(err)
	}
	return outcome
}

// redact takes secrets out of results: a report is written by the tests themselves, past the log.
func (s script) redact(ctx context.Context, results []gemba.TestResult) error {
	values, err := s.secrets.values(ctx, s.secretNames())
	if err != nil || len(values) == 0 {
		return err
	}
	clean := redact.New(values...)
	for i := range results {
		results[i].Name, results[i].Output = clean.Text(results[i].Name), clean.Text(results[i].Output)
	}
	return nil
}

// judge: the exit code, the single results and a readable report all have to agree that it passed.
func judge(suite gemba.Test, exit wire.Exit, results []gemba.TestResult, problem error, job pipeline.Job, w *work) pipeline.Outcome {
	summary := report.Summary(results)
	bad := 0
	for _, r := range results {
		if r.Outcome == gemba.Failed {
			bad++
		}
	}
	switch {
	case !exit.OK() && bad > 0:
		return pipeline.Fail(gemba.BuildFailed, summary+"\n"+named(results))
	case !exit.OK():
		return failed(exit, job.Run, job.Plan.Service, w.now())
	case problem != nil:
		return pipeline.Fail(gemba.BuildFailed, problem.Error())
	case bad > 0:
		return pipeline.Fail(gemba.BuildFailed, summary+"\n"+named(results))
	}
	if suite.Report.Format == "" {
		return pipeline.Succeed("") // of its single tests nothing is known
	}
	return pipeline.Succeed(summary)
}

// tested is the workplace of the build; where that was reused, a clean copy with the artifact's files in it.
func (w *work) tested(ctx context.Context, job pipeline.Job) (string, error) {
	source := filepath.Join(w.paths.work(job.Run.ID), "source")
	if _, err := os.Stat(source); err == nil {
		return source, nil
	}
	repository, err := w.repositories.open(ctx, job.Run.Commit.Repository)
	if err != nil {
		return "", err
	}
	if source, err = w.workplace(ctx, repository, job, ""); err != nil {
		return "", err
	}
	if job.Run.Artifact == nil || job.Plan.Service.Build.Run == "" {
		return source, nil
	}
	unpacked := filepath.Join(w.paths.work(job.Run.ID), "artifact")
	if err := w.oci.Unpack(ctx, job.Run.Artifact.Digest, unpacked); err != nil {
		return "", err
	}
	return source, overlay(unpacked, filepath.Join(source, job.Plan.Service.Dir))
}

// results reads what the suite says of its single tests.
func (w *work) results(ctx context.Context, suite gemba.Test, task *process.Supervisor, dir string) ([]gemba.TestResult, error) {
	switch suite.Report.Format {
	case "go":
		parser := report.NewGo(suite.Name)
		var joiner wire.Joiner
		err := process.Follow(ctx, task.LogPath(), 0, func() bool { return false }, func(line gemba.LogLine, _ int64) error {
			if line, whole := joiner.Add(line); whole && line.Stream == "out" {
				parser.Line(line.Text)
			}
			return nil
		})
		return parser.Results(), err
	case "junit":
		return junit(suite, dir)
	}
	return nil, nil
}

func junit(suite gemba.Test, dir string) ([]gemba.TestResult, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the workplace: %w", err)
	}
	defer root.Close()
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(suite.Report.Path)))
	if err != nil || len(files) == 0 {
		return nil, gemba.Fail(gemba.Invalid, "the test wrote no report", "nothing matches "+suite.Report.Path, "see the log; mend  report  in the test block")
	}
	var all []gemba.TestResult
	for _, path := range files {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return nil, err
		}
		f, err := root.Open(name) // a link out of the workplace is refused
		if err != nil {
			return nil, fmt.Errorf("reading the report %s: %w", name, err)
		}
		results, err := report.JUnit(f, suite.Name)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("the report %s: %w", name, err)
		}
		all = append(all, results...)
	}
	return all, nil
}

// builtWith is what the run's build step kept.
func builtWith(run gemba.Run) buildDetail {
	var detail buildDetail
	for _, s := range run.Steps {
		if s.Kind == gemba.StepBuild {
			_ = json.Unmarshal(s.Detail, &detail) // our own words
		}
	}
	return detail
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	for _, v := range all {
		if is(v) {
			return v, true
		}
	}
	var none T
	return none, false
}
