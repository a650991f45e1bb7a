package packages

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba/internal/resource"
)

// statusFile is where dpkg keeps what it knows of packages: man dpkg, deb-control(5).
const statusFile = "/var/lib/dpkg/status"

// entry is one package that dpkg knows.
type entry struct {
	arch, version string
	want          string // "install", "hold", "deinstall", "purge", "unknown"
	broken        bool   // its flag says that it has to be installed again
	state         string // "installed", "config-files", "half-configured", …
}

// database is what dpkg knows of all packages.
type database struct {
	native    string // the host's architecture; "" when it is not known
	packages  map[string][]entry
	providers map[string]string // of a virtual package, one that is installed
}

// known reads dpkg's status, once for all packages of a host.
func known(sys resource.System) (*database, error) {
	db, err := sys.Cache().Once("packages", func() (any, error) { return read(sys) })
	if err != nil {
		return nil, err
	}
	return db.(*database), nil
}

func read(sys resource.System) (*database, error) {
	text, err := sys.ReadFile(statusFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: packages are managed on Debian and what comes of it", statusFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is installed: %w", err)
	}
	return parse(string(text)), nil
}

// parse scans the paragraphs of a status file. Only the lines that begin with a wanted field are looked into: the file has a megabyte, and is read in every run.
func parse(text string) *database {
	db := &database{packages: make(map[string][]entry, 1024), providers: map[string]string{}}
	var name, provides string
	var e entry
	end := func() {
		if name != "" {
			db.packages[name] = append(db.packages[name], e)
			if name == "dpkg" {
				db.native = e.arch
			}
			if provides != "" && e.good() {
				db.provided(name, provides)
			}
		}
		name, provides, e = "", "", entry{}
	}
	for len(text) > 0 {
		line := text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if line == "" {
			end()
			continue
		}
		switch line[0] {
		case 'P':
			field(line, "Package:", &name)
			field(line, "Provides:", &provides)
		case 'A':
			field(line, "Architecture:", &e.arch)
		case 'V':
			field(line, "Version:", &e.version)
		case 'S':
			var status string
			field(line, "Status:", &status)
			if words := strings.Fields(status); len(words) == 3 {
				e.want, e.broken, e.state = words[0], words[1] != "ok", words[2]
			}
		}
	}
	end()
	return db
}

func field(line, name string, value *string) {
	if rest, found := strings.CutPrefix(line, name); found {
		*value = strings.TrimSpace(rest)
	}
}

// provided notes what an installed package provides: "mail-transport-agent, foo (= 1.2)".
func (db *database) provided(name, list string) {
	for one := range strings.SplitSeq(list, ",") {
		virtual, _, _ := strings.Cut(strings.TrimSpace(one), " ")
		virtual, _, _ = strings.Cut(virtual, ":")
		if db.providers[virtual] == "" {
			db.providers[virtual] = name
		}
	}
}

// good reports whether the package works: triggers that are yet to run are no fault.
func (e entry) good() bool {
	return !e.broken && (e.state == "installed" || e.state == "triggers-awaited" || e.state == "triggers-pending")
}

// there reports whether files of the package are there, in whatever state.
func (e entry) there() bool {
	return e.state != "" && e.state != "not-installed" && e.state != "config-files"
}

// find returns what dpkg knows of a package; an empty one when that is nothing. A name without an architecture is that of the host.
func (db *database) find(declared string) entry {
	name, arch, qualified := strings.Cut(declared, ":")
	if !qualified || arch == "native" {
		arch = db.native
	}
	for _, e := range db.packages[name] {
		if e.arch == arch || e.arch == "all" || e.arch == "" || arch == "" {
			return e
		}
	}
	return entry{}
}
