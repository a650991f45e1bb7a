package spec

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"gemba"
)

// Options are what a declaration may depend on beside its text.
type Options struct {
	Variables map[string]string                // from --var NAME=VALUE; they win over the environment
	Environ   func(name string) (string, bool) // looks up GEMBA_VAR_NAME; may be nil
	Kinds     []gemba.Schema                   // the kinds of resources that may stand in a profile
	Others    []string                         // variables that other declarations have: a value for one of them is no mistake here
}

// decoder is one decoding, from text to nouns.
type decoder struct {
	*diagnosis
	options Options
	names   names
	scope   *scope
	hostsOf map[string][]gemba.Host // by the name of a block, or of one of the hosts that it stands for
}

// Decode turns files into a declaration: references resolved, defaults filled
// in, copies expanded. The declaration is nil when the diagnostics have errors.
func Decode(files []File, o Options) (*gemba.Declaration, Diagnostics) {
	d := &decoder{diagnosis: newDiagnosis(files), options: o}
	bodies, whole := d.parse(files)
	if !whole {
		// What else is said about half a file would mislead.
		return nil, d.sorted()
	}
	declaration := d.declaration(d.root(bodies), files)
	if d.found.HasErrors() {
		return nil, d.sorted()
	}
	return declaration, d.sorted()
}

// root is the tree of all files as one.
func (d *decoder) root(bodies []*hclsyntax.Body) *node {
	root := &node{block: vocabulary(d.options.Kinds)}
	for _, body := range bodies {
		root.children = append(root.children, d.shape(root.block, body, body.SrcRange, "").children...)
	}
	return root
}

func (d *decoder) declaration(root *node, files []File) *gemba.Declaration {
	root.children = d.register(root.children)
	variables := d.variables(root.all("variable"))
	d.scope = newScope(files, variables, d.names)
	for _, n := range root.children {
		if n.block.name != "variable" {
			d.read(n)
		}
	}
	declaration := &gemba.Declaration{
		Secrets: d.secrets(root.all("secret")), Services: d.services(root.all("service")),
		Hosts: d.hosts(root.all("host")), Profiles: d.profiles(root.all("profile")),
	}
	declaration.Environments = d.environments(root.all("environment"), declaration.Services)
	declaration.Pipelines = d.pipelines(root.all("pipeline"), declaration)
	Complete(declaration)
	return declaration
}
