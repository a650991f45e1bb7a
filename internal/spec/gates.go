package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"gemba"
)

// Gates returns the parts of a declaration that a commit cannot change by
// itself, as JSON in a canonical order: environments with their groups, hosts,
// the names of profiles, pipelines and the sources of secrets. Two declarations with the same gates give the same
// bytes; the bytes unmarshal into a gemba.Declaration without services.
// Environments keep their order, because default pipelines follow it.
func Gates(declaration *gemba.Declaration) []byte {
	gates := gemba.Declaration{
		Hosts:        unplaced(declaration.Hosts),
		Environments: slices.Clone(declaration.Environments),
		Pipelines:    slices.Clone(declaration.Pipelines),
		Secrets:      slices.Clone(declaration.Secrets),
	}
	slices.SortFunc(gates.Pipelines, func(a, b gemba.Pipeline) int { return strings.Compare(a.Service, b.Service) })
	slices.SortFunc(gates.Secrets, func(a, b gemba.SecretSource) int { return strings.Compare(a.Name, b.Name) })
	for i, e := range gates.Environments {
		deploys := slices.Clone(e.Deploys)
		slices.SortFunc(deploys, func(a, b gemba.Deploy) int { return strings.Compare(a.Service, b.Service) })
		gates.Environments[i].Deploys = deploys
		groups := slices.Clone(e.Groups)
		for i := range groups {
			groups[i].Hosts = unplaced(groups[i].Hosts)
		}
		slices.SortFunc(groups, func(a, b gemba.Group) int { return strings.Compare(a.Name, b.Name) })
		gates.Environments[i].Groups = groups
	}
	// What a profile holds travels with the commit through the pipeline; that there is one does not.
	for _, p := range declaration.Profiles {
		gates.Profiles = append(gates.Profiles, gemba.Profile{Name: p.Name})
	}
	slices.SortFunc(gates.Hosts, func(a, b gemba.Host) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(gates.Profiles, func(a, b gemba.Profile) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.Marshal(gates)
	if err != nil {
		panic("gates are plain data: " + err.Error()) // texts, numbers and booleans only
	}
	return data
}

// unplaced are hosts without the lines on which they stand: moving one changes no gate.
func unplaced(hosts []gemba.Host) []gemba.Host {
	hosts = slices.Clone(hosts)
	for i := range hosts {
		hosts[i].Place = gemba.Place{}
	}
	return hosts
}
