package spec

import (
	"reflect"
	"testing"
)

func TestSelect(t *testing.T) {
	for _, test := range []struct {
		name      string
		have, get []string
	}{
		{"one", []string{"main.go", "gemba.hcl"}, []string{"gemba.hcl"}},
		{"marked", []string{"other.hcl", "web.gemba.hcl", "gemba.hcl"}, []string{"gemba.hcl", "web.gemba.hcl"}},
		{"directory", []string{"b.hcl", "a.hcl", "x.gemba.hcl"}, []string{"a.hcl", "b.hcl", "x.gemba.hcl"}},
		{"hidden", []string{".terraform.lock.hcl", "a.hcl.bak"}, nil},
		{"paths", []string{"deploy/gemba.hcl", "deploy/x.hcl"}, []string{"deploy/gemba.hcl"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Select(test.have); !reflect.DeepEqual(got, test.get) {
				t.Errorf("got %v, want %v", got, test.get)
			}
		})
	}
}
