package app

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/pipeline"
	"gemba/internal/resource/kinds"
	"gemba/internal/spec"
)

// governing is what decides about a commit: never the commit itself, but a declaration that the server has accepted.
type governing struct {
	declared *gemba.Declaration
	secrets  []gemba.SecretSource // their paths absolute
	notes    []string             // what the person should know
}

// governing finds the accepted declaration that decides about a service: that of another repository or directory which
// deploys the service without declaring it, else the service's own.
func (a *App) governing(ctx context.Context, actor string, f found, service gemba.Service, variables map[string]string) (governing, error) {
	own, err := a.own(ctx, actor, f, variables)
	if err != nil {
		return governing{}, err
	}
	var elsewhere []pipeline.Declaration
	var scopes []string
	for _, d := range f.others {
		if d.Governs(service.Name) {
			elsewhere, scopes = append(elsewhere, d), append(scopes, d.Scope)
		}
	}
	switch len(elsewhere) {
	case 0:
		return own, nil
	case 1:
		return a.elsewhere(elsewhere[0], own, f, service, variables)
	}
	return governing{}, gemba.Fail(gemba.Conflict, fmt.Sprintf("several declarations deploy %q", service.Name), "those of "+strings.Join(scopes, " and "),
		"take it out of all but one, commit, and run  gemba accept  there")
}

// own is the accepted declaration of the commit's directory. The first that is seen is accepted with its first run; later
// ones by an act of their own, so that no commit drops the gate that it has to pass.
func (a *App) own(ctx context.Context, actor string, f found, variables map[string]string) (governing, error) {
	kept, err := a.store.AcceptedDeclaration(ctx, f.scope())
	switch {
	case gemba.CodeOf(err) == gemba.NotFound:
		return governing{declared: f.declared, secrets: placed(f.declared.Secrets, f.scope())}, a.accept(ctx, actor, f)
	case err != nil:
		return governing{}, err
	}
	accepted, err := a.reread(kept, variables, f.others)
	if err != nil {
		return governing{}, err
	}
	own := governing{declared: accepted, secrets: placed(accepted.Secrets, f.scope())}
	if !slices.Equal(spec.Gates(accepted), spec.Gates(f.declared)) {
		own.notes = []string{"this commit declares environments, hosts, pipelines or secrets differently; what was accepted with " + short(kept.Commit) + " governs until you run  gemba accept"}
	}
	return own, nil
}

// elsewhere is what another directory's accepted declaration decides about a service that it does not know.
func (a *App) elsewhere(kept pipeline.Declaration, own governing, f found, service gemba.Service, variables map[string]string) (governing, error) {
	accepted, err := a.reread(kept, variables, append(f.others, pipeline.Declaration{Bytes: encodeFiles(f.files)}))
	if err != nil {
		return governing{}, err
	}
	accepted.Services = append(accepted.Services, service)
	spec.Complete(accepted)
	theirs := placed(accepted.Secrets, kept.Scope)
	for _, s := range own.secrets {
		if !slices.ContainsFunc(theirs, func(t gemba.SecretSource) bool { return t.Name == s.Name }) {
			theirs = append(theirs, s)
		}
	}
	return governing{declared: accepted, secrets: theirs, notes: []string{
		"its environments and gates are those of " + kept.Scope + ", accepted with " + short(kept.Commit),
	}}, nil
}

// planFor is what a run of the service will do: the service from the commit, everything that gates it from what governs.
func planFor(service gemba.Service, governs governing) (*pipeline.Plan, error) {
	way, ok := governs.declared.Pipeline(service.Name)
	if !ok {
		return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("no pipeline leads %q anywhere", service.Name), "the accepted declaration has none for it", "declare it, commit, and run  gemba accept")
	}
	plan := &pipeline.Plan{Kind: pipeline.Ship, Service: service, Pipeline: way, Secrets: governs.secrets}
	for _, stage := range way.Stages {
		if e, ok := governs.declared.Environment(stage.Environment); ok {
			plan.Environments = append(plan.Environments, e)
		}
	}
	return plan, nil
}

// Accept makes what a commit declares of environments, pipelines and secrets that which governs.
func (a *App) Accept(ctx context.Context, actor string, ask contract.Accept) (contract.Accepted, error) {
	f, err := a.find(ctx, ask.Dir, ask.Revision, ask.Variables)
	if err != nil {
		return contract.Accepted{}, err
	}
	answer := contract.Accepted{Commit: f.commit.Hash, Changed: true}
	for _, e := range f.declared.Environments {
		answer.Environments = append(answer.Environments, e.Name)
	}
	for _, p := range f.declared.Pipelines {
		answer.Pipelines = append(answer.Pipelines, p.Service)
	}
	if kept, err := a.store.AcceptedDeclaration(ctx, f.scope()); err == nil && slices.Equal(kept.Gates, spec.Gates(f.declared)) {
		answer.Changed = false
		return answer, nil
	}
	return answer, a.accept(ctx, actor, f)
}

func (a *App) accept(ctx context.Context, actor string, f found) error {
	gates := spec.Gates(f.declared)
	accepted := pipeline.Declaration{Scope: f.scope(), Commit: f.commit.Hash, Gates: gates, Bytes: encodeFiles(f.files), Actor: actor, Time: a.now().UTC()}
	for _, s := range f.declared.Services {
		accepted.Services = append(accepted.Services, s.Name)
	}
	for _, e := range f.declared.Environments {
		for _, d := range e.Deploys {
			accepted.Deploys = append(accepted.Deploys, d.Service)
		}
		accepted.Hosts = accepted.Hosts || len(e.Groups) > 0
	}
	return a.store.AcceptDeclaration(ctx, accepted,
		fact(actor, "declaration.accepted", "declaration/"+f.scope(), 0, map[string]any{"commit": f.commit.Hash, "gates": json.RawMessage(gates)}))
}

// acceptedElsewhere are the accepted declarations of every scope but one.
func (a *App) acceptedElsewhere(ctx context.Context, scope string) ([]pipeline.Declaration, error) {
	all, err := a.store.AcceptedDeclarations(ctx)
	return slices.DeleteFunc(all, func(d pipeline.Declaration) bool { return d.Scope == scope }), err
}

// reread decodes a declaration as it was accepted, with the variables of today.
func (a *App) reread(kept pipeline.Declaration, variables map[string]string, others []pipeline.Declaration) (*gemba.Declaration, error) {
	files, err := decodeFiles(kept)
	if err != nil {
		return nil, err
	}
	accepted, problems, err := a.decode(files, variables, others)
	if err != nil {
		return nil, err
	}
	if problems.HasErrors() {
		return nil, gemba.Fail(gemba.Invalid, "the accepted declaration of "+kept.Scope+" cannot be used", problems.Error(), "mend it, commit, and run  gemba accept")
	}
	return accepted, nil
}

// decode reads a declaration. A value for a variable that only another one has is no mistake.
func (a *App) decode(files []spec.File, variables map[string]string, others []pipeline.Declaration) (*gemba.Declaration, spec.Diagnostics, error) {
	o := spec.Options{Variables: variables, Environ: lookup(a.options.Getenv), Kinds: kinds.Schemas()}
	for _, other := range others {
		if len(variables) == 0 {
			break
		}
		theirs, err := decodeFiles(other)
		if err != nil {
			return nil, nil, err
		}
		o.Others = append(o.Others, spec.Variables(theirs)...)
	}
	declared, problems := spec.Decode(files, o)
	return declared, problems, nil
}

// placed makes the paths of secrets absolute: those of a declaration start where it lies.
func placed(secrets []gemba.SecretSource, dir string) []gemba.SecretSource {
	secrets = slices.Clone(secrets)
	for i := range secrets {
		for _, path := range []*string{&secrets[i].File, &secrets[i].Age} {
			if *path != "" && !filepath.IsAbs(*path) {
				*path = filepath.Join(dir, *path)
			}
		}
	}
	return secrets
}

func encodeFiles(files []spec.File) []byte {
	text, err := json.Marshal(files)
	if err != nil {
		panic("files are names and bytes: " + err.Error())
	}
	return text
}

func decodeFiles(kept pipeline.Declaration) ([]spec.File, error) {
	var files []spec.File
	if err := json.Unmarshal(kept.Bytes, &files); err != nil {
		return nil, fmt.Errorf("decoding the accepted declaration: %w", err)
	}
	return files, nil
}
