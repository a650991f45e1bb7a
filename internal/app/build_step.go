package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"gemba"
	"gemba/internal/artifact"
	"gemba/internal/build"
	"gemba/internal/driver/git"
	"gemba/internal/pipeline"
)

// buildDetail is what a build step keeps for those after it.
type buildDetail struct {
	Key  string `json:"key"`
	Task string `json:"task,omitempty"` // the supervisor whose log is the step's
}

// build turns the commit into an artifact, or finds the one that exists.
func (w *work) build(ctx context.Context, job pipeline.Job) pipeline.Outcome {
	repository, err := w.repositories.open(ctx, job.Run.Commit.Repository)
	if err != nil {
		return pipeline.Error(err)
	}
	inputs, err := w.inputs(ctx, repository, job)
	if err != nil {
		return pipeline.Error(err)
	}
	key := inputs.Key()
	first, known, err := w.built(ctx, job, key)
	if err != nil {
		return pipeline.Error(err)
	}
	if known && job.Run.Rebuild == "" {
		return pipeline.Outcome{State: gemba.Reused, Message: "built before", Detail: buildDetail{Key: key}, Artifact: &first}
	}
	made, task, outcome := w.make(ctx, repository, job, key)
	if made == nil {
		outcome.Detail = buildDetail{key, task}
		return outcome
	}
	outcome = pipeline.Outcome{State: gemba.Succeeded, Detail: buildDetail{key, task}, Artifact: made}
	if known {
		outcome.Artifact, outcome.Message, err = w.compare(ctx, job, first, *made)
	} else {
		err = w.store.KeepArtifact(ctx, *made, fact("gemba", "artifact.made", "service/"+made.Service, job.Run.ID, made))
	}
	if err != nil {
		return pipeline.Error(err)
	}
	return outcome
}

// make builds in a clean copy of the commit and packs the outputs. A nil artifact comes with the outcome that says why.
func (w *work) make(ctx context.Context, repository *git.Repository, job pipeline.Job, key string) (*gemba.Artifact, string, pipeline.Outcome) {
	service := job.Plan.Service
	id := taskName(job.Run.ID, job.Step)
	source, err := w.workplace(ctx, repository, job, id)
	if err != nil {
		return nil, "", pipeline.Error(err)
	}
	isolated := true
	if service.Build.Run == "" {
		id = ""
	} else {
		vault := w.secrets.of(job.Plan.Secrets)
		_, exit, err := w.exec(ctx, script{
			id: id, text: service.Build.Run, service: service, network: service.Build.Network, source: source,
			timeout: budget(service).Left(job.Run, w.now()), secrets: vault,
			afresh: func(ctx context.Context) error {
				_, err := w.workplace(ctx, repository, job, id)
				return err
			},
		}, job)
		if err != nil {
			return nil, id, pipeline.Error(err)
		}
		if !exit.OK() {
			return nil, id, failed(exit, job.Run, service, w.now())
		}
		isolated = exit.Isolated
	}
	made, err := w.pack(ctx, filepath.Join(source, service.Dir), service, key, isolated)
	if err != nil {
		if gemba.CodeOf(err) == gemba.Invalid {
			return nil, id, pipeline.Fail(gemba.BuildFailed, err.Error())
		}
		return nil, id, pipeline.Error(err)
	}
	return made, id, pipeline.Outcome{}
}

// workplace is a clean copy of the commit. When the build's supervisor lives already, or has ended, its copy is there; one that
// was killed left a copy that nobody knows the state of.
func (w *work) workplace(ctx context.Context, repository *git.Repository, job pipeline.Job, task string) (string, error) {
	source := filepath.Join(w.paths.work(job.Run.ID), "source")
	if alive, err := w.adopt(ctx, task); err != nil {
		return "", err
	} else if alive != nil {
		if _, err := os.Stat(source); err == nil {
			return source, nil
		}
	}
	if err := os.RemoveAll(w.paths.work(job.Run.ID)); err != nil {
		return "", fmt.Errorf("clearing the workplace: %w", err)
	}
	if err := os.MkdirAll(source, 0o755); err != nil {
		return "", fmt.Errorf("making the workplace: %w", err)
	}
	if err := repository.Checkout(ctx, job.Run.Commit.Hash, source); err != nil {
		return "", err
	}
	return source, nil
}

func (w *work) pack(ctx context.Context, dir string, service gemba.Service, key string, isolated bool) (*gemba.Artifact, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening what was built: %w", err)
	}
	defer root.Close()
	packed, err := w.oci.Spool(ctx, root.FS(), service.Build.Output)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	meta := artifact.Meta{Service: service.Name, Key: key, Platform: platform(), Isolated: isolated}
	digest, err := w.oci.Put(ctx, packed, meta)
	if err != nil {
		return nil, err
	}
	return &gemba.Artifact{
		Digest: digest, Service: service.Name, Key: key, Size: packed.Size(), Platform: meta.Platform, Isolated: isolated, Created: w.now().UTC(),
	}, nil
}

// built finds the artifact of a build key of which every byte is as it was. One that is damaged is a fact for
// the ledger, and is made again.
func (w *work) built(ctx context.Context, job pipeline.Job, key string) (gemba.Artifact, bool, error) {
	all, err := w.store.ArtifactsByKey(ctx, job.Plan.Service.Name, key)
	if err != nil {
		return gemba.Artifact{}, false, err
	}
	for _, known := range all {
		err := w.oci.Verify(ctx, known.Digest)
		if err == nil {
			return known, true, nil
		}
		if ctx.Err() != nil {
			return known, false, err
		}
		w.say(ctx, err.Error())
		w.record(ctx, gemba.Event{Actor: "gemba", Kind: "artifact.damaged", Subject: "service/" + known.Service, Run: job.Run.ID},
			map[string]any{"artifact": known.Digest, "reason": err.Error()})
	}
	return gemba.Artifact{}, false, nil
}

// compare holds a second build of the same inputs against the first, which stays what it was.
func (w *work) compare(ctx context.Context, job pipeline.Job, first, second gemba.Artifact) (*gemba.Artifact, string, error) {
	same := first.Digest == second.Digest
	first.Reproducible = &same
	event := fact(job.Run.Actor, "artifact.rebuilt", "service/"+first.Service, job.Run.ID, map[string]any{"reason": job.Run.Rebuild, "first": first.Digest, "second": second.Digest, "reproducible": same})
	message := "built again: the same bytes"
	if !same {
		message = "built again: not reproducible, " + second.Digest.Short() + " instead of " + first.Digest.Short() + "; the first stays"
	}
	return &first, message, w.store.MarkReproducible(ctx, first.Digest, same, event)
}

// inputs is everything that the build may depend on.
func (w *work) inputs(ctx context.Context, repository *git.Repository, job pipeline.Job) (build.Inputs, error) {
	service, commit := job.Plan.Service, job.Run.Commit.Hash
	in := build.Inputs{Recipe: service.Build, Platform: platform(), Declared: map[string]string{}, Inherit: map[string]string{}}
	var err error
	var entries []string
	asking, together := errgroup.WithContext(ctx) // each question is a process of git
	asking.Go(func() (err error) {
		in.Tree, err = repository.Tree(together, commit, service.Dir)
		return err
	})
	asking.Go(func() (err error) {
		entries, err = repository.List(together, commit, service.Dir)
		return err
	})
	if err := asking.Wait(); err != nil {
		return in, err
	}
	for _, path := range service.Build.Inputs {
		if in.Declared[path], err = repository.Tree(ctx, commit, path); err != nil {
			return in, err
		}
	}
	if in.Tools, err = w.tools.versions(ctx, build.VersionCommands(entries), w.searchPath(service)); err != nil {
		return in, err
	}
	for _, name := range service.Build.Inherit {
		in.Inherit[name] = w.options.Getenv(name)
	}
	var secrets []string
	for _, value := range service.Build.Env {
		secrets = append(secrets, value.Secrets()...)
	}
	in.Secrets, err = w.secrets.of(job.Plan.Secrets).versions(ctx, secrets)
	return in, err
}

// forgetWork removes the clean copy of a run that is over.
func (a *App) forgetWork(run gemba.Run) {
	if run.State == gemba.Asking {
		return
	}
	if err := os.RemoveAll(a.paths.work(run.ID)); err != nil {
		a.log.Warn("a workplace could not be removed", "run", run.ID, "error", err)
	}
}

func budget(service gemba.Service) build.Budget {
	return build.Budget{Limit: time.Duration(service.Build.Budget)}
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
