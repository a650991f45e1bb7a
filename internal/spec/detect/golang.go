package detect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// golang finds the main package of a Go module.
func golang(f *Finding, t *tree) {
	f.Language = "Go"
	mod, err := modfile.ParseLax("go.mod", []byte(t.texts["go.mod"]), nil)
	if err != nil || mod.Module == nil {
		f.found("A go.mod that does not name its module: mend it first.")
		return
	}
	module := mod.Module.Mod.Path
	f.found(fmt.Sprintf("A Go module, %s.", module))
	if len(mod.Require) > 0 && !t.has(vendored) {
		f.Network = true
		f.found("It requires other modules, and has no vendor directory: the build may use the network.")
	}
	if t.any(func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		f.Test, f.Report = "go test -json ./...", "go"
		f.found("It has tests.")
	}
	programs := mains(t)
	if len(programs) == 0 {
		f.Build, f.Output = "go build ./...", []string{"**"}
		f.found("It has no main package, neither here nor in cmd/: nothing is run.")
		return
	}
	program := choose(programs, path.Base(module), f.Name)
	if program == "." {
		f.found("A main package in this directory.")
	} else {
		f.found(fmt.Sprintf("A main package in %s.", program))
	}
	if len(programs) > 1 {
		f.assumed(fmt.Sprintf("The service is %s; other main packages: %s.", program, strings.Join(without(programs, program), ", ")))
	}
	binary := "out/" + f.Name
	if program != "." {
		program = "./" + program
	}
	f.Build, f.Output, f.Run = fmt.Sprintf("go build -trimpath -o %s %s", binary, program), []string{binary}, "./"+binary
}

// mains returns the directories of main packages: this one, and those in cmd.
func mains(t *tree) []string {
	var found []string
	for name, text := range t.texts {
		dir := path.Dir(name)
		if path.Ext(name) != ".go" || isTest(name) || dir != "." && path.Dir(dir) != "cmd" {
			continue
		}
		if regexp.MustCompile(`(?m)^package main\b`).MatchString(text) && !strings.Contains(text, "//go:build ignore") && plain(dir) {
			found = append(found, dir)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// plain tells paths that need no quotes in a script.
func plain(name string) bool { return regexp.MustCompile(`^[A-Za-z0-9_./-]+$`).MatchString(name) }

// choose prefers this directory, then a program with one of the names, then the first.
func choose(programs []string, names ...string) string {
	for _, want := range append([]string{"."}, names...) {
		for _, p := range programs {
			if p == want || path.Base(p) == want {
				return p
			}
		}
	}
	return programs[0]
}

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
}
