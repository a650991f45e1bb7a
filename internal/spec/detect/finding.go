// Package detect looks at a repository and says how its service is likely
// built, tested and run, as a declaration to start from.
package detect

import (
	"fmt"
	"io/fs"
	"strings"
)

// Finding is what a repository looks like. The commands may be filled in or
// changed before it is written as HCL.
type Finding struct {
	Name     string            `json:"name"`               // of the service; valid in a declaration
	Language string            `json:"language,omitempty"` // "Go", "Node", "Python"; empty: none of them
	Build    string            `json:"build,omitempty"`    // a script; empty: nothing to build
	Output   []string          `json:"output,omitempty"`   // of the build
	Network  bool              `json:"network,omitempty"`  // the build, and a Go test, fetch modules
	Test     string            `json:"test,omitempty"`     // a script; empty: no tests
	Report   string            `json:"report,omitempty"`   // of the test: "go", or "junit:PATH"
	Run      string            `json:"run,omitempty"`      // the command of the web process, may hold ${port}; empty: not known
	Health   string            `json:"health,omitempty"`   // a path; empty: the port is asked
	Env      map[string]string `json:"env,omitempty"`      // of the process and the tests
	Found    []string          `json:"found"`              // sentences: what was seen
	Assumed  []string          `json:"assumed"`            // sentences: what was not
}

// Repository looks at the files of a repository, or of one of its
// directories. The name is that of the directory. A repository of no known
// language gives a Finding without commands; an error means that it could not be read.
func Repository(fsys fs.FS, name string) (Finding, error) {
	t, err := survey(fsys)
	if err != nil {
		return Finding{}, fmt.Errorf("look at the files of %s: %w", name, err)
	}
	f := Finding{Name: serviceName(name)}
	switch {
	case t.has("go.mod"):
		golang(&f, t)
	case t.has("package.json"):
		node(&f, t)
	case t.hasAny("pyproject.toml", "requirements.txt", "setup.py", "main.py", "app.py"):
		python(&f, t)
	default:
		f.found("No go.mod, package.json or Python project stands in this directory.")
		return f, nil
	}
	if f.Run != "" {
		listening(&f, t)
	}
	return f, nil
}

// listening says how the service is reached and asked whether it works.
func listening(f *Finding, t *tree) {
	switch {
	case strings.Contains(f.Run, "${port}"):
	case t.mentions(`\bPORT\b`):
		f.found("It reads PORT.")
	default:
		f.assumed("It listens on the port that it gets in PORT. If it does not read PORT, put ${port} into its command.")
	}
	if t.mentions(`/healthz\b`) {
		f.Health = "/healthz"
		f.found("It answers /healthz.")
		return
	}
	f.assumed("It works when its port takes connections. A path is better: health = http(\"/healthz\").")
}

func (f *Finding) found(sentence string)   { f.Found = append(f.Found, sentence) }
func (f *Finding) assumed(sentence string) { f.Assumed = append(f.Assumed, sentence) }

// serviceName makes a name that a declaration takes.
func serviceName(name string) string {
	mapped := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	mapped = strings.TrimLeft(mapped, "-0123456789")
	mapped = strings.TrimRight(mapped[:min(len(mapped), 63)], "-")
	if mapped == "" {
		return "service"
	}
	return mapped
}
