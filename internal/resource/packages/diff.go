package packages

import (
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	if d.Absent {
		return absence(d, o)
	}
	var diffs []gemba.Diff
	differ := func(attribute, from, to string) {
		diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
	}
	action, changes := gemba.ActionUpdate, transacts(d, o)
	if !o.there() && changes {
		action = gemba.ActionCreate
	}
	if o.there() && !o.good() {
		from := o.State
		if o.Broken {
			from += ", to be installed again"
		}
		differ("state", from, "installed")
	}
	if to := aim(d, o); changes && !o.unknown(d) && (to != o.Version || len(diffs) == 0) {
		differ("version", o.Version, to)
	}
	if d.Hold != nil && *d.Hold != o.Held {
		differ("hold", strconv.FormatBool(o.Held), strconv.FormatBool(*d.Hold))
	}
	if len(diffs) == 0 && !changes {
		return resource.Difference{}
	}
	return resource.Difference{Action: action, Diffs: append(diffs, beside(o)...), May: uncertain(d, o, changes)}
}

func absence(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	switch {
	case o.there():
		diffs = append(diffs, gemba.Diff{Attribute: "version", From: o.Version})
	case d.Purge && o.State == "config-files":
		diffs = append(diffs, gemba.Diff{Attribute: "configuration", From: "left behind"})
	default:
		return resource.Difference{}
	}
	return resource.Difference{Action: gemba.ActionRemove, Diffs: append(diffs, beside(o)...), May: uncertain(d, o, o.there())}
}

// aim is the version that the package will have, in words where it is not known.
func aim(d declared, o observed) string {
	switch {
	case d.Version != "" && d.Version != latest:
		return d.Version
	case o.File != "":
		return o.File
	case o.To != "":
		return o.To
	case o.Candidate != "":
		return o.Candidate
	case o.there() && d.Source == "":
		return o.Version // it is only installed again
	}
	return "installed"
}

// beside is what else happens.
func beside(o observed) []gemba.Diff {
	var diffs []gemba.Diff
	if o.Stale {
		diffs = append(diffs, gemba.Diff{Attribute: "lists", From: "out of date", To: "updated before"})
	}
	if len(o.Pulls) > 0 {
		to := strings.Join(o.Pulls, ", ")
		if len(o.With) > 0 {
			to += " (together with " + strings.Join(o.With, ", ") + ")"
		}
		diffs = append(diffs, gemba.Diff{Attribute: "pulls", To: to})
	}
	return diffs
}

func uncertain(d declared, o observed, changes bool) string {
	switch {
	case changes && o.Held && d.Hold == nil:
		return "it is held, so that apt leaves it as it is: let it go with apt-mark unhold, or declare hold"
	case !changes || d.Absent && o.Problem == "":
		return ""
	case o.unknown(d):
		return "whether there is a newer version is known only after the lists of packages were updated"
	case o.NoFile:
		return d.Source + " is not there yet: the version is known when it is"
	case o.Empty:
		return "versions are known only after the lists of packages were updated"
	case o.Missing != "" && o.Stale:
		return o.Missing + " (the lists will be updated before)"
	case o.Missing != "":
		return o.Missing
	case o.Problem != "":
		return "apt cannot do this now: " + o.Problem
	}
	return ""
}
