package app

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/driver/git"
	"gemba/internal/pipeline"
	"gemba/internal/spec"
)

// Ship accepts a commit and starts its run.
func (a *App) Ship(ctx context.Context, actor string, ask contract.Ship) (gemba.Run, error) {
	if ask.Rebuild != "" && strings.TrimSpace(ask.Rebuild) == "" {
		return gemba.Run{}, gemba.Fail(gemba.Invalid, "to build again needs a reason", "the one that was given is blank; it is kept in the ledger", `gemba ship --rebuild "the compiler was mended"`)
	}
	found, err := a.find(ctx, ask.Dir, ask.Revision, ask.Variables)
	if err != nil {
		return gemba.Run{}, err
	}
	if len(found.declared.Services) == 0 && len(found.declared.Hosts) > 0 {
		return a.shipHosts(ctx, actor, ask, found)
	}
	service, err := choose(found.declared.Services, ask.Service)
	if err != nil {
		return gemba.Run{}, err
	}
	governs, err := a.governing(ctx, actor, found, service, ask.Variables)
	if err != nil {
		return gemba.Run{}, err
	}
	plan, err := planFor(service, governs)
	if err != nil {
		return gemba.Run{}, err
	}
	left, err := found.repository.Uncommitted(ctx)
	if err != nil {
		return gemba.Run{}, err
	}
	if weakness := a.isolationOfBuilds(); weakness != "whole" && !a.weaknessSaid.Swap(true) {
		governs.notes = append(governs.notes, "builds are not isolated on this machine: "+weakness)
	}
	run := gemba.Run{Service: service.Name, Commit: found.commit, Actor: actor, LeftOut: left, Rebuild: ask.Rebuild, Notes: governs.notes, Budget: service.Build.Budget}
	return a.engine.Accept(ctx, run, plan)
}

// shipHosts accepts a commit that declares hosts, and starts its run.
func (a *App) shipHosts(ctx context.Context, actor string, ask contract.Ship, f found) (gemba.Run, error) {
	governs, err := a.own(ctx, actor, f, ask.Variables)
	if err != nil {
		return gemba.Run{}, err
	}
	plan, any := a.hostsPlan(f, governs, ask.Variables)
	if !any {
		return gemba.Run{}, gemba.Fail(gemba.Invalid, "no environment has hosts with a profile", "the accepted declaration has none", "declare a group in an environment, commit, and run  gemba accept")
	}
	left, err := f.repository.Uncommitted(ctx)
	if err != nil {
		return gemba.Run{}, err
	}
	return a.engine.Accept(ctx, gemba.Run{Service: plan.Service.Name, Commit: f.commit, Actor: actor, LeftOut: left, Notes: governs.notes}, plan)
}

// found is a commit and what it declares.
type found struct {
	repository *git.Repository
	commit     gemba.Commit
	dir        string // of the declaration, relative to the repository's root
	declared   *gemba.Declaration
	files      []spec.File
	others     []pipeline.Declaration // accepted for other directories and repositories
}

// find resolves a commit and reads its declaration from it, never from the work tree.
func (a *App) find(ctx context.Context, dir, revision string, variables map[string]string) (found, error) {
	var f found
	var err error
	if f.repository, err = git.Open(ctx, dir); err != nil {
		return f, err
	}
	if revision == "" {
		revision = "HEAD"
	}
	if f.commit, err = f.repository.Resolve(ctx, revision); err != nil {
		return f, err
	}
	f.commit.Repository = f.repository.Root()
	if f.dir, err = within(f.repository.Root(), dir); err != nil {
		return f, err
	}
	if f.files, err = a.declarationFiles(ctx, f); err != nil {
		return f, err
	}
	if f.others, err = a.acceptedElsewhere(ctx, f.scope()); err != nil {
		return f, err
	}
	declared, problems, err := a.decode(f.files, variables, f.others)
	if err != nil {
		return f, err
	}
	if problems.HasErrors() {
		return f, gemba.Fail(gemba.Invalid, fmt.Sprintf("the declaration of commit %s has mistakes", f.commit.Short()), problems.Error(), "gemba check, mend it, commit")
	}
	f.declared = declared
	return f, nil
}

func (a *App) declarationFiles(ctx context.Context, f found) ([]spec.File, error) {
	names, err := f.repository.List(ctx, f.commit.Hash, f.dir)
	if err != nil {
		return nil, err
	}
	var files []spec.File
	for _, name := range spec.Select(names) {
		text, err := f.repository.ReadFile(ctx, f.commit.Hash, name)
		if err != nil {
			return nil, err
		}
		files = append(files, spec.File{Name: name, Bytes: text})
	}
	if len(files) == 0 {
		return nil, gemba.Fail(gemba.Invalid, fmt.Sprintf("commit %s declares nothing", f.commit.Short()), "there is no gemba.hcl in "+filepath.Join(f.repository.Root(), f.dir)+" as committed",
			"gemba init, then commit the file that it writes")
	}
	return files, nil
}

// choose picks the service that is meant.
func choose(services []gemba.Service, name string) (gemba.Service, error) {
	var names []string
	for _, s := range services {
		if s.Name == name || name == "" && len(services) == 1 {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if name == "" && len(names) > 0 {
		return gemba.Service{}, gemba.Fail(gemba.Invalid, "which service?", "the declaration has "+strings.Join(names, ", "), "gemba ship "+names[0])
	}
	if len(names) == 0 {
		return gemba.Service{}, gemba.Fail(gemba.Invalid, "the declaration has no service", "", "gemba init writes one")
	}
	return gemba.Service{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("there is no service %q", name), "the declaration has "+strings.Join(names, ", "), "")
}

// scope is what an accepted declaration governs: a directory of a repository.
func (f found) scope() string { return filepath.Join(f.repository.Root(), f.dir) }

func short(hash string) string { return gemba.Commit{Hash: hash}.Short() }

func within(root, dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", gemba.Fail(gemba.NotFound, "the directory cannot be found", err.Error(), "")
	}
	relative, err := filepath.Rel(root, real)
	if err != nil || strings.HasPrefix(relative, "..") {
		return ".", nil // a bare repository, or a work tree elsewhere
	}
	return filepath.ToSlash(relative), nil
}

func lookup(getenv func(string) string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value := getenv(name)
		return value, value != ""
	}
}

func fact(actor, kind, subject string, run int64, data any) gemba.Event {
	text, err := json.Marshal(data)
	if err != nil {
		text = nil // what cannot be encoded is left out rather than losing the fact
	}
	return gemba.Event{Actor: actor, Kind: kind, Subject: subject, Run: run, Data: text}
}
