package packages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gemba/internal/resource"
)

// observed is what was found of a package; what a transaction would do is looked at only where something differs.
type observed struct {
	Version  string `json:"version,omitempty"` // that is there
	State    string `json:"state,omitempty"`
	Broken   bool   `json:"broken,omitempty"` // it has to be installed again
	Held     bool   `json:"held,omitempty"`
	Provider string `json:"provider,omitempty"` // another package that is there and provides it

	Candidate string `json:"candidate,omitempty"` // where the latest is declared
	File      string `json:"file,omitempty"`      // the version of the source
	NoFile    bool   `json:"no_file,omitempty"`   // the source is not there yet

	To      string   `json:"to,omitempty"` // the version that it would have
	Pulls   []string `json:"pulls,omitempty"`
	With    []string `json:"with,omitempty"`    // who shares what is pulled in
	Missing string   `json:"missing,omitempty"` // why apt has no candidate
	Problem string   `json:"problem,omitempty"`
	Empty   bool     `json:"empty,omitempty"` // there are no lists
	Stale   bool     `json:"stale,omitempty"` // the lists will be updated before
}

func (o observed) there() bool { return entry{state: o.State}.there() }
func (o observed) good() bool  { return entry{state: o.State, broken: o.Broken}.good() }

// outdated reports whether the lists know of another version than the one that is there.
func (o observed) outdated() bool { return o.Candidate != "" && o.Candidate != o.Version }

// unknown reports whether only new lists can say that there is something to do.
func (o observed) unknown(d declared) bool {
	return d.Version == latest && o.good() && !o.outdated() && o.Stale
}

// observe looks a package up in what was read once for all.
func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	o, err := look(ctx, sys, d)
	if err != nil || !transacts(d, o) {
		return o, err
	}
	l, err := lookAtLists(sys)
	if err != nil {
		return o, err
	}
	o.Empty, o.Stale = l.empty, l.stale && !d.Absent
	// Without a simulation for all there is none: one for each would take long.
	s, err := sys.Cache().Once("package simulation "+d.Name, func() (any, error) { return (*simulation)(nil), nil })
	if err != nil {
		return o, err
	}
	if s := s.(*simulation); s != nil {
		o.To, o.Missing, o.Problem = s.to[d.Name], s.missing[d.Name], s.problem
		if len(s.names) > 0 && s.names[0] == d.Name {
			o.Pulls, o.With = s.pulls, s.names[1:]
		}
	}
	return o, nil
}

// look is what is there, without what would become of it.
func look(ctx context.Context, sys resource.System, d declared) (observed, error) {
	db, err := known(sys)
	if err != nil {
		return observed{}, err
	}
	e := db.find(d.Name)
	o := observed{State: e.state, Broken: e.broken, Held: e.want == "hold"}
	if e.state == "not-installed" {
		o.State = ""
	}
	if e.there() {
		o.Version = e.version
	} else if !d.Absent {
		o.Provider = db.providers[d.Name]
	}
	if d.Source != "" {
		if o.File, err = fileVersion(ctx, sys, d); errors.Is(err, fs.ErrNotExist) {
			o.NoFile, err = true, nil
		}
	}
	if d.Version != latest || !e.there() || err != nil {
		return o, err
	}
	l, err := lookAtLists(sys)
	if err != nil {
		return o, err
	}
	o.Empty, o.Stale = l.empty, l.stale // there may be a newer one that nobody on the host knows of
	o.Candidate, err = candidate(ctx, sys, d.Name)
	return o, err
}

// transacts reports whether apt-get has to do something.
func transacts(d declared, o observed) bool {
	switch {
	case d.Absent:
		return o.there()
	case !o.there():
		return o.Provider == "" || d.Source != "" || d.Version != "" && d.Version != latest
	case o.Broken || o.State == "half-installed":
		return true
	case d.Version == latest:
		return o.outdated() || o.Stale
	case d.Source != "":
		return o.NoFile || o.File != o.Version
	}
	return d.Version != "" && d.Version != o.Version
}

// warm looks once for all packages: what dpkg knows, the candidates of those that follow the latest, and what one transaction of
// all that differ would do. What goes wrong here is told by the package that it is about, when it is observed.
func warm(ctx context.Context, sys resource.System, all []declared) error {
	db, err := known(sys)
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range all {
		if d.Version == latest && db.find(d.Name).there() {
			names = append(names, d.Name)
		}
	}
	if len(names) > 0 {
		found, err := candidates(ctx, sys, names)
		if err != nil {
			return err
		}
		for _, name := range names {
			sys.Cache().Put("package candidate "+name, found[name])
		}
	}
	if l, err := lookAtLists(sys); err != nil || l.empty {
		return nil
	}
	for _, recommends := range []bool{false, true} {
		var differing []declared
		for _, d := range all {
			if o, err := look(ctx, sys, d); err == nil && d.Recommends == recommends && !o.NoFile && transacts(d, o) {
				differing = append(differing, d)
			}
		}
		if len(differing) == 0 {
			continue
		}
		s := simulate(ctx, sys, db.native, differing)
		for _, d := range differing {
			sys.Cache().Put("package simulation "+d.Name, s)
		}
	}
	return nil
}

// candidate is the version that apt would install; "" when there is none.
func candidate(ctx context.Context, sys resource.System, name string) (string, error) {
	version, err := sys.Cache().Once("package candidate "+name, func() (any, error) {
		found, err := candidates(ctx, sys, []string{name})
		return found[name], err
	})
	if err != nil {
		return "", err
	}
	return version.(string), nil
}

// candidates reads what apt-cache policy prints: a name with a colon, and below it, among others, "  Candidate: VERSION".
func candidates(ctx context.Context, sys resource.System, names []string) (map[string]string, error) {
	out, err := sys.Run(ctx, resource.Command{Argv: append([]string{"apt-cache", "policy", "--"}, names...)})
	if err != nil {
		return nil, fmt.Errorf("asking apt for candidates: %w", err)
	}
	found := map[string]string{}
	var name string
	for line := range strings.Lines(string(out.Stdout)) {
		line = strings.TrimSuffix(line, "\n")
		if !strings.HasPrefix(line, " ") {
			name = strings.TrimSuffix(line, ":")
		} else if version, is := strings.CutPrefix(line, "  Candidate: "); is && version != "(none)" {
			found[name] = version
			for _, declared := range names { // apt leaves the host's own architecture out
				if bare, _, _ := strings.Cut(declared, ":"); bare == name && !slices.Contains(names, name) {
					found[declared] = version
				}
			}
		}
	}
	return found, nil
}

// fileVersion is the version that a package file holds; fs.ErrNotExist when there is no file.
func fileVersion(ctx context.Context, sys resource.System, d declared) (string, error) {
	version, err := sys.Cache().Once("package file "+d.Source, func() (any, error) {
		if _, err := sys.Stat(d.Source); err != nil {
			return "", err
		}
		out, err := sys.Run(ctx, resource.Command{Argv: []string{"dpkg-deb", "-f", d.Source, "Package", "Version"}})
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", d.Source, err)
		}
		var name, version string
		for line := range strings.Lines(string(out.Stdout)) {
			field(line, "Package:", &name)
			field(line, "Version:", &version)
		}
		if bare, _, _ := strings.Cut(d.Name, ":"); name != bare {
			return "", fmt.Errorf("%s holds the package %q", d.Source, name)
		}
		return version, nil
	})
	if err != nil {
		return "", err
	}
	return version.(string), nil
}
