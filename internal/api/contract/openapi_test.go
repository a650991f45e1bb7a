package contract_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"gemba/internal/api/contract"
)

var update = flag.Bool("update", false, "write the reference again")

func TestReferenceIsFresh(t *testing.T) {
	const path = "../../../docs/reference/openapi.json"
	if *update {
		if err := os.WriteFile(path, contract.OpenAPI(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, contract.OpenAPI()) {
		t.Fatal("docs/reference/openapi.json is stale: go test ./internal/api/contract -update")
	}
}

func TestEndpointsAreDistinct(t *testing.T) {
	names, places := map[string]bool{}, map[string]bool{}
	for _, e := range contract.Endpoints() {
		if names[e.Name] || places[e.Method+" "+e.Path] {
			t.Errorf("%s %s %s stands twice", e.Name, e.Method, e.Path)
		}
		names[e.Name], places[e.Method+" "+e.Path] = true, true
	}
}
