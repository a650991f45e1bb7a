package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/resource/kinds"
	"gemba/internal/resource/memory"
	"gemba/internal/wire"

	"bufio"
	"time"
)

// FuzzOrder holds that no order takes the worker down, whatever is in its items: what it cannot make sense of is an error.
// What it plans is planned for a host in memory.
func FuzzOrder(f *testing.F) {
	f.Add(`[{"kind":"file","name":"/a","attributes":{"content":{"digest":"sha256:00","size":3},"mode":"0644","owner":"root"},"notifies":["unit.a"]},{"kind":"unit","name":"a","attributes":{"running":true}}]`)
	for _, schema := range kinds.Schemas() {
		f.Add(`[{"kind":"` + schema.Kind + `","name":"a","attributes":{}}]`)
		f.Add(`[{"kind":"` + schema.Kind + `","name":"/a","attributes":null,"requires":["file./a"]}]`)
		attributes := map[string]any{}
		for _, a := range schema.Attributes {
			if a.Into == "" {
				attributes[a.Name] = example(a)
			}
		}
		text, err := json.Marshal([]map[string]any{{"kind": schema.Kind, "name": "/etc/a", "attributes": attributes, "hidden": []string{"content"}}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, items string) {
		line := `{"version":1,"host":"web","profile":"web","apply":false,"items":` + strings.ReplaceAll(items, "\n", " ") + "}\n"
		order, err := readOrder(bufio.NewReader(strings.NewReader(line)))
		if err != nil {
			return
		}
		system := memory.New()
		engine := converge.Engine{Kinds: kinds.ByName(), System: system, Bodies: noBodies{}, Notes: noNotes{}, Now: time.Now, Tell: func(wire.News) {}, Width: 1}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, _ = engine.Run(ctx, order)
	})
}

// example is a value of an attribute's type.
func example(a gemba.Attribute) any {
	switch {
	case a.Body:
		return gemba.Body{Digest: gemba.Digest("sha256:" + strings.Repeat("0", 64)), Size: 3}
	case a.Type == gemba.TypeBool:
		return true
	case a.Type == gemba.TypeNumber:
		return 1
	case a.Type == gemba.TypeTexts, a.Type == gemba.TypeCommand:
		return []string{"a"}
	case a.Type == gemba.TypeMap:
		return map[string]string{"a": "b"}
	}
	return "a"
}

type noBodies struct{}

func (noBodies) Fetch(context.Context, []gemba.Digest) error { return nil }

type noNotes struct{}

func (noNotes) Put(string, string) error        { return nil }
func (noNotes) Drop(string) error               { return nil }
func (noNotes) All() (map[string]string, error) { return nil, nil }

// FuzzBodies holds that whatever comes down after an order, nothing is taken for a body that is not it.
func FuzzBodies(f *testing.F) {
	text := []byte("a body")
	body := (&converge.Texts{}).Add(text)
	head, _ := json.Marshal(wire.Down{Digest: body.Digest, Size: body.Size})
	f.Add(append(append(head, '\n'), text...))
	f.Add([]byte("{}\n{\"digest\":\"x\",\"size\":-1}\n"))
	f.Add([]byte("{\"digest\":\"x\",\"size\":9,\"error\":\"gone\"}\n"))
	f.Add([]byte("{\"digest\":\"x/../y\",\"size\":2000000}\nabc"))
	f.Fuzz(func(t *testing.T, down []byte) {
		store := newBodies(t.TempDir(), &upward{out: io.Discard})
		defer store.close()
		store.receive(bufio.NewReader(bytes.NewReader(down)), func() {})
		for digest, got := range store.small {
			if named := (&converge.Texts{}).Add(got); named.Digest != digest {
				t.Fatalf("%s is %q", digest, got)
			}
		}
	})
}
