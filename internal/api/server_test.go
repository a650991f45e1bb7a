package api

import (
	"testing"

	"gemba/internal/api/contract"
)

func TestEveryEndpointHasItsHandlerAndNoneIsLeftOver(t *testing.T) {
	handlers := (&server{}).handlers()
	for _, e := range contract.Endpoints() {
		if handlers[e.Name] == nil {
			t.Errorf("%s has no handler", e.Name)
		}
		delete(handlers, e.Name)
	}
	for name := range handlers {
		t.Errorf("the handler %s answers no endpoint", name)
	}
}
