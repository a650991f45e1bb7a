package kinds_test

import (
	"flag"
	"os"
	"testing"

	"gemba/internal/resource/kinds"
	"gemba/internal/spec"
)

var update = flag.Bool("update", false, "write the reference page")

// The page is made here and not in spec, which knows no kinds of resources.
func TestReferenceIsFresh(t *testing.T) {
	const page = "../../../docs/reference/declaration.md"
	got := spec.Reference(kinds.Schemas())
	if *update {
		if err := os.WriteFile(page, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not what the schema says; look at the difference after  go test ./internal/resource/kinds -run Reference -update", page)
	}
}
