package converge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template"

	"gemba"
	"gemba/internal/wire"
)

// Renderer turns the resources of a profile into what one host's worker is told: values resolved, files and templates
// of the repository turned into bodies. It works on the control side.
type Renderer struct {
	Schemas map[string]gemba.Schema
	Open    func(path string) ([]byte, error)       // a file of the repository; relative paths are those of the declaration
	Source  func(path string) (gemba.Body, error)   // keeps such a file as it is, and names it; it may be large
	Secret  func(name string) (gemba.Secret, error) //
	Facts   map[string]string                       // nil: they were not asked for
	Host    gemba.Host
	Bodies  *Texts
}

// Texts are bodies in memory, by digest.
type Texts struct{ known map[gemba.Digest][]byte }

// Add keeps a text and names it.
func (t *Texts) Add(text []byte) gemba.Body {
	sum := sha256.Sum256(text)
	digest := gemba.Digest("sha256:" + hex.EncodeToString(sum[:]))
	if t.known == nil {
		t.known = map[gemba.Digest][]byte{}
	}
	t.known[digest] = text
	return gemba.Body{Digest: digest, Size: int64(len(text))}
}

// Open implements BodySource.
func (t *Texts) Open(digest gemba.Digest) (io.ReadCloser, int64, error) {
	text, known := t.known[digest]
	if !known {
		return nil, 0, fmt.Errorf("there is no body %s", digest.Short())
	}
	return io.NopCloser(bytes.NewReader(text)), int64(len(text)), nil
}

// Items renders every resource.
func (r *Renderer) Items(resources []gemba.Resource) ([]wire.Item, error) {
	var items []wire.Item
	for _, resource := range resources {
		item, err := r.item(resource)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", resource.Place, resource.Address(), err)
		}
		items = append(items, item)
	}
	return items, nil
}

func (r *Renderer) item(resource gemba.Resource) (wire.Item, error) {
	item := wire.Item{Kind: resource.Kind, Name: resource.Name, Requires: resource.Requires, Notifies: resource.Notifies, Place: resource.Place}
	schema := r.Schemas[resource.Kind]
	plain := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(resource.Attributes)) {
		value, secret, err := r.resolve(resource.Attributes[name])
		if err != nil {
			return item, fmt.Errorf("%s: %w", name, err)
		}
		plain[name] = value
		if secret {
			item.Hidden = append(item.Hidden, name)
		}
	}
	for _, a := range schema.Attributes {
		if err := r.body(a, plain, &item); err != nil {
			return item, fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	delete(plain, "vars")
	text, err := json.Marshal(plain)
	if err != nil {
		return item, fmt.Errorf("encoding it: %w", err)
	}
	item.Attributes = text
	return item, nil
}

// body turns an attribute that holds or names a text into the body that goes by its digest.
func (r *Renderer) body(a gemba.Attribute, plain map[string]any, item *wire.Item) error {
	value, written := plain[a.Name].(string)
	switch {
	case !written:
		return nil
	case a.Into == "":
		if a.Body {
			plain[a.Name] = r.Bodies.Add([]byte(value))
		}
		return nil
	}
	delete(plain, a.Name)
	if _, twice := plain[a.Into]; twice {
		return fmt.Errorf("%s is given twice", a.Into)
	}
	if !a.Template {
		body, err := r.Source(value)
		plain[a.Into] = body
		return err
	}
	text, err := r.Open(value)
	if err != nil {
		return err
	}
	if text, err = r.execute(value, text, plain["vars"]); err != nil {
		return err
	}
	if slices.Contains(item.Hidden, "vars") {
		item.Hidden = append(item.Hidden, a.Into)
	}
	plain[a.Into] = r.Bodies.Add(text)
	return nil
}

// execute renders a template of the repository. A name that is not there is a mistake and no empty text.
func (r *Renderer) execute(name string, text []byte, vars any) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
		"join": strings.Join, "lower": strings.ToLower, "upper": strings.ToUpper, "split": strings.Split, "replace": strings.ReplaceAll,
	}).Parse(string(text))
	if err != nil {
		return nil, gemba.Fail(gemba.Invalid, "the template cannot be read", err.Error(), "")
	}
	if vars == nil {
		vars = map[string]any{}
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{"vars": vars, "facts": r.Facts, "host": r.host()})
	if err != nil {
		return nil, gemba.Fail(gemba.Invalid, "the template cannot be rendered", err.Error(), "")
	}
	return out.Bytes(), nil
}

// host is what a template may know of the host: nothing, where an image is baked for many.
func (r *Renderer) host() map[string]string {
	if r.Host.Kind == gemba.HostRootFS {
		return map[string]string{}
	}
	return map[string]string{"name": r.Host.Name, "address": r.Host.Address}
}

// resolve decodes a value and fills in the parts that are known only now.
func (r *Renderer) resolve(raw json.RawMessage) (value any, secret bool, err error) {
	var decoded any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		return nil, false, err
	}
	value, err = r.fill(decoded, &secret)
	return value, secret, err
}

func (r *Renderer) fill(v any, secret *bool) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		if later, ok := v["value"]; ok && len(v) == 1 {
			if parts, ok := later.([]any); ok {
				return r.later(parts, secret)
			}
		}
		for key := range v {
			if v[key], err = r.fill(v[key], secret); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = r.fill(v[i], secret); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

func (r *Renderer) later(parts []any, secret *bool) (string, error) {
	text, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	var value gemba.Value
	if err := json.Unmarshal(text, &value); err != nil {
		return "", err
	}
	return value.Resolve(func(p gemba.Part) (string, error) {
		switch {
		case p.Secret != "":
			*secret = true
			found, err := r.Secret(p.Secret)
			return found.Reveal(), err
		case p.Fact != "":
			fact, known := r.Facts[p.Fact]
			if !known {
				return "", fmt.Errorf("the host does not say its %s", p.Fact)
			}
			return fact, nil
		}
		return "", fmt.Errorf("${%s} is known to processes only", p.Var)
	})
}

// NeedsFacts reports whether a profile can be rendered only once the facts of a host are known.
func NeedsFacts(resources []gemba.Resource, schemas map[string]gemba.Schema, open func(string) ([]byte, error)) bool {
	for _, resource := range resources {
		for name, raw := range resource.Attributes {
			if bytes.Contains(raw, []byte(`"fact":`)) {
				return true
			}
			a, _ := schemas[resource.Kind].Attribute(name)
			var path string
			if a.Template && json.Unmarshal(raw, &path) == nil {
				if text, err := open(path); err == nil && bytes.Contains(text, []byte(".facts")) {
					return true
				}
			}
		}
	}
	return false
}
