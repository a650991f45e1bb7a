package spec

import (
	"encoding/json"
	"slices"
	"strings"

	"gemba"
)

// Gates returns the parts of a declaration that a commit cannot change by
// itself, as JSON in a canonical order: environments, pipelines and the
// sources of secrets. Two declarations with the same gates give the same
// bytes; the bytes unmarshal into a gemba.Declaration without services.
// Environments keep their order, because default pipelines follow it.
func Gates(declaration *gemba.Declaration) []byte {
	gates := gemba.Declaration{
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
	}
	data, err := json.Marshal(gates)
	if err != nil {
		panic("gates are plain data: " + err.Error()) // texts, numbers and booleans only
	}
	return data
}
