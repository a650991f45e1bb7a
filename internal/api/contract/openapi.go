package contract

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"gemba"
)

// OpenAPI describes the interface in OpenAPI 3.1, made from Endpoints and the types that they name.
func OpenAPI() []byte {
	d := &description{schemas: map[string]any{}}
	paths := map[string]map[string]any{}
	for _, e := range Endpoints() {
		if paths[e.Path] == nil {
			paths[e.Path] = map[string]any{}
		}
		paths[e.Path][strings.ToLower(e.Method)] = d.operation(e)
	}
	text, err := json.MarshalIndent(map[string]any{
		"openapi":    "3.1.0",
		"info":       map[string]any{"title": "Gemba", "version": gemba.Version, "description": "The interface of a Gemba server, over its unix socket."},
		"paths":      paths,
		"components": map[string]any{"schemas": d.schemas},
	}, "", "  ")
	if err != nil {
		panic("the interface does not marshal: " + err.Error()) // plain values always do
	}
	return append(text, '\n')
}

// description collects the schemas of named types.
type description struct{ schemas map[string]any }

func (d *description) operation(e Endpoint) map[string]any {
	media := "application/json"
	if e.Stream {
		media = "application/x-ndjson"
	}
	operation := map[string]any{
		"operationId": e.Name, "summary": e.Summary,
		"responses": map[string]any{
			"200":     answer(e.Summary, media, d.schema(reflect.TypeOf(e.Response))),
			"default": answer("What went wrong, why, and what to try", "application/json", d.schema(reflect.TypeFor[gemba.Error]())),
		},
	}
	if e.Request != nil {
		operation["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": d.schema(reflect.TypeOf(e.Request))}}}
	}
	var parameters []any
	for _, part := range strings.Split(e.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			parameters = append(parameters, map[string]any{"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": map[string]any{"type": "integer"}})
		}
	}
	for _, p := range e.Query {
		parameters = append(parameters, map[string]any{"name": p.Name, "in": "query", "description": p.Help, "schema": map[string]any{"type": p.Type}})
	}
	if parameters != nil {
		operation["parameters"] = parameters
	}
	return operation
}

func answer(meaning, media string, schema any) map[string]any {
	return map[string]any{"description": meaning, "content": map[string]any{media: map[string]any{"schema": schema}}}
}

// schema describes a type; named structs stand once, in the components.
func (d *description) schema(t reflect.Type) any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return map[string]any{}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schema(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": d.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Struct:
		return d.object(t)
	}
	return map[string]any{"type": "string"}
}

func (d *description) object(t reflect.Type) any {
	reference := map[string]any{"$ref": "#/components/schemas/" + t.Name()}
	if _, known := d.schemas[t.Name()]; known {
		return reference
	}
	d.schemas[t.Name()] = nil // a type that contains itself
	properties := map[string]any{}
	var required []string
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" || !field.IsExported() {
			continue
		}
		properties[name] = d.schema(field.Type)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	object := map[string]any{"type": "object", "properties": properties}
	if required != nil {
		object["required"] = required
	}
	d.schemas[t.Name()] = object
	return reference
}
