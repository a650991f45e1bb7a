package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/pipeline"
	"gemba/internal/wire"
)

// verify asks the deployed release one question, through the edge as its users do.
func (w *work) verify(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	stage, _ := job.Plan.Stage(job.Step.Stage)
	question, ok := find(stage.Verifies, func(v gemba.Verify) bool { return v.Name == job.Step.Name })
	if !ok {
		return pipeline.Error(fmt.Errorf("stage %q declares no verify %q", job.Step.Stage, job.Step.Name))
	}
	placed, err := w.placedIn(ctx, stage.Environment, job.Run.Service)
	if err != nil {
		return pipeline.Error(err)
	}
	if placed.Back && placed.Run == job.Run.ID && job.Plan.Kind == pipeline.Ship {
		// The server died after it had put the release before back: what answers now says nothing about the run's.
		return pipeline.Fail(gemba.PutBack, "it did not answer as it should\nput back to "+placed.Release.Commit.Short())
	}
	address, err := w.deployer.Address(ctx, placed.Release)
	if err != nil {
		return pipeline.Error(err)
	}
	outcome := w.verifyHTTP
	if question.HTTP == "" {
		outcome = func(ctx context.Context, question gemba.Verify, address string) pipeline.Outcome {
			return w.verifyScript(ctx, job, question, address)
		}
	}
	answer := outcome(ctx, question, address)
	if answer.State == gemba.Broken {
		return w.takeBack(ctx, job, answer)
	}
	return answer
}

// takeBack puts the release before back where a wrong answer was given to users. In a copy of an environment the wrong release
// stays, so that people can go and see.
func (w *work) takeBack(ctx context.Context, job pipeline.Job, answer pipeline.Outcome) pipeline.Outcome {
	environment, _ := job.Plan.Environment(job.Step.Stage)
	before := placedBefore(job)
	if environment.CopyOf != "" || before == "" {
		return answer
	}
	release, err := w.store.Release(ctx, environment.Name, job.Run.Service, string(before))
	if err != nil {
		answer.Message += "\nand the release before could not be found: " + err.Error()
		return answer
	}
	leave, err := w.places.enter(ctx, environment.Name, job.Run.Service)
	if err != nil {
		return answer
	}
	defer leave()
	began := w.now()
	result, err := w.deployer.Return(ctx, release, job.Run.ID)
	if err != nil || result.PutBack != nil {
		answer.Message += "\nand the release before could not be put back"
		return answer
	}
	w.watch.soon()
	answer.Verdict = gemba.PutBack
	answer.Message += fmt.Sprintf("\nput back to %s in %.1f s", release.Commit.Short(), w.now().Sub(began).Seconds())
	return answer
}

// placedBefore is the release that this run's deploy replaced in the step's stage; "" when there was none, or nothing was replaced.
func placedBefore(job pipeline.Job) gemba.ReleaseID {
	for _, s := range job.Run.Steps {
		var result deploy.Result
		if s.Kind == gemba.StepDeploy && s.Stage == job.Step.Stage && json.Unmarshal(s.Detail, &result) == nil && !result.Unchanged {
			return result.Before
		}
	}
	return ""
}

// verifyHTTP repeats its question until it is answered well or its time is over.
func (w *work) verifyHTTP(ctx context.Context, question gemba.Verify, address string) pipeline.Outcome {
	if address == "" {
		return pipeline.Error(gemba.Fail(gemba.Invalid, "the service has no address to ask", "it has neither a web nor a static process", "verify with  run  instead of  http"))
	}
	check := gemba.Check{Kind: gemba.CheckHTTP, Path: question.HTTP, Expect: question.Expect, Contains: question.Contains}
	deadline := w.now().Add(time.Duration(question.Timeout))
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := w.edge.ask(ctx, check, address)
		if err == nil {
			w.say(ctx, "GET "+question.HTTP+" answered as it should")
			return pipeline.Succeed("")
		}
		if ctx.Err() != nil || w.now().After(deadline) {
			w.say(ctx, err.Error())
			return pipeline.Fail(gemba.VerifyFailed, err.Error())
		}
		time.Sleep(pause)
	}
}

// verifyScript runs a script of the declaration in the release's directory.
func (w *work) verifyScript(ctx context.Context, job pipeline.Job, question gemba.Verify, address string) pipeline.Outcome {
	release, err := w.release(ctx, job)
	if err != nil {
		return pipeline.Error(err)
	}
	exit, err := w.inRelease(ctx, job, release, question.Run, time.Duration(question.Timeout), []string{"GEMBA_ADDRESS=" + strings.TrimSuffix(address, "/")})
	if err != nil {
		return pipeline.Error(err)
	}
	if !exit.OK() {
		return pipeline.Fail(gemba.VerifyFailed, describe(exit))
	}
	return pipeline.Succeed("")
}

// inRelease runs a script as the release's processes would run: its directory, environment, data and secrets.
func (w *work) inRelease(ctx context.Context, job pipeline.Job, release gemba.Release, text string, timeout time.Duration, more []string) (wire.Exit, error) {
	id := taskName(job.Run.ID, job.Step)
	task, err := w.adopt(ctx, id)
	if err != nil {
		return wire.Exit{}, err
	}
	if task == nil {
		start, err := w.deployer.Prepare(ctx, release)
		if err != nil {
			return wire.Exit{}, err
		}
		order := wire.Spec{
			ID: id, Script: text, WorkDir: start.Dir, Env: append(start.Env, more...), Secrets: start.Secrets,
			Timeout: gemba.Duration(timeout), StopGrace: gemba.Duration(5 * time.Second), Log: wire.LogPolicy{Limit: 16 << 20},
		}
		if task, err = w.tasks.Start(ctx, order); err != nil {
			return wire.Exit{}, err
		}
	}
	return w.await(ctx, task)
}
