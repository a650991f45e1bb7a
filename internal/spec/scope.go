package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"gemba"
)

// The ends of a marker. They are private use characters, which no
// normalisation joins with their neighbours and no splitting of arguments takes for a blank.
const (
	markerStart = "\uE000"
	markerEnd   = "\uE001"
)

// scope is what expressions may refer to. Values that are known only later
// (secrets, a port, the data directory) stand in texts as markers, which
// split takes out again.
type scope struct {
	context *hcl.EvalContext
	check   cty.Type       // of what a check function returns
	marker  string         // start of every marker
	near    *neighbourhood // in a profile: what stands beside
}

// newScope makes the scope of a declaration. The markers hold a digest of all
// the texts that a declaration is made of: no text can hold its own digest,
// so nobody can write a marker.
func newScope(files []File, variables map[string]cty.Value, known names) *scope {
	s := &scope{
		marker: markerStart + fingerprint(files, variables) + ":",
		check:  cty.Capsule("check", reflect.TypeFor[gemba.Check]()),
	}
	values := map[string]cty.Value{
		"port":        cty.StringVal(s.marker + "var:port" + markerEnd),
		"data":        cty.StringVal(s.marker + "var:data" + markerEnd),
		"var":         cty.ObjectVal(variables),
		"secret":      s.object(known.of("secret"), func(name string) string { return s.marker + "secret:" + name + markerEnd }),
		"service":     s.object(known.of("service"), strings.Clone),
		"environment": s.object(known.of("environment"), strings.Clone),
	}
	s.context = &hcl.EvalContext{Variables: values, Functions: checkFunctions(s.check)}
	return s
}

func (s *scope) object(names []string, value func(string) string) cty.Value {
	members := map[string]cty.Value{}
	for _, name := range names {
		members[name] = cty.StringVal(value(name))
	}
	return cty.ObjectVal(members)
}

// roots lists the names that an expression can begin with.
func (s *scope) roots() []string {
	if s.near != nil {
		return s.near.roots()
	}
	return []string{"data", "environment", "port", "secret", "service", "var"}
}

// split turns an evaluated text into its parts.
func (s *scope) split(text string) gemba.Value {
	var parts gemba.Value
	for {
		before, after, found := strings.Cut(text, s.marker)
		name, rest, closed := strings.Cut(after, markerEnd)
		if !found || !closed {
			break
		}
		if before != "" {
			parts = append(parts, gemba.Part{Text: before})
		}
		kind, name, _ := strings.Cut(name, ":")
		switch kind {
		case "secret":
			parts = append(parts, gemba.Part{Secret: name})
		case "fact":
			parts = append(parts, gemba.Part{Fact: name})
		default:
			parts = append(parts, gemba.Part{Var: name})
		}
		text = rest
	}
	if text != "" || len(parts) == 0 {
		parts = append(parts, gemba.Part{Text: text})
	}
	return parts
}

func fingerprint(files []File, variables map[string]cty.Value) string {
	digest := sha256.New()
	for _, f := range files {
		digest.Write([]byte(f.Name + "\x00"))
		digest.Write(f.Bytes)
		digest.Write([]byte{0})
	}
	var names []string
	for name := range variables {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		digest.Write([]byte(name + variables[name].GoString()))
	}
	return hex.EncodeToString(digest.Sum(nil))
}
