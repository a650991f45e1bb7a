package gemba_test

import (
	"encoding/json"
	"errors"
	"testing"

	"gemba"
)

func TestValueAsksForEveryPartThatIsKnownLater(t *testing.T) {
	v := gemba.Value{{Text: "a:"}, {Secret: "key"}, {Text: ":"}, {Var: "port"}, {Text: ":"}, {Fact: "hostname"}}
	got, err := v.Resolve(func(p gemba.Part) (string, error) {
		return "<" + p.Secret + p.Var + p.Fact + ">", nil
	})
	if want := "a:<key>:<port>:<hostname>"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, want := v.String(), "a:${secret.key}:${port}:${facts.hostname}"; got != want {
		t.Errorf("shown as %q, want %q", got, want)
	}
	if _, err := v.Resolve(func(gemba.Part) (string, error) { return "", errors.New("not known") }); err == nil {
		t.Error("a part that is not known is passed over")
	}
}

func TestValueIsTheSameAfterJSON(t *testing.T) {
	v := gemba.Value{{Text: "on "}, {Fact: "fqdn"}}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(data), `[{"text":"on "},{"fact":"fqdn"}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var again gemba.Value
	if err := json.Unmarshal(data, &again); err != nil || again.String() != v.String() {
		t.Errorf("got %v, %v", again, err)
	}
}
