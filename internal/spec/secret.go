package spec

import (
	"path"

	"gemba"
)

// secrets builds the sources of secrets; never their values.
func (d *decoder) secrets(blocks []*node) []gemba.SecretSource {
	var sources []gemba.SecretSource
	for _, n := range blocks {
		given := 0
		for _, name := range []string{"file", "env", "age"} {
			if n.has(name) {
				given++
			}
		}
		if given != 1 {
			d.fail(n.header, n.title()+" needs one source", "Expected exactly one of `file`, `env` and `age`.", "For example `file = \"secrets/"+n.label+"\"`.")
		}
		sources = append(sources, gemba.SecretSource{
			Name: n.label, Env: value[string](n, "env"),
			File: beside(n, value[string](n, "file")), Age: beside(n, value[string](n, "age")),
		})
	}
	return sources
}

// beside is a path that starts where the declaration file is.
func beside(n *node, file string) string {
	if file == "" || path.IsAbs(file) {
		return file
	}
	return path.Join(path.Dir(n.header.Filename), file)
}
