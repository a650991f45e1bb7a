package resource_test

import (
	"testing"

	"pgregory.net/rapid"

	"gemba/internal/resource"
)

func TestALineOfTheTableIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := func(name string) string {
			return "/" + rapid.StringOf(rapid.SampledFrom([]rune("a04\\ \t#"))).Draw(t, name)
		}
		want := resource.Mount{Device: field("device"), Path: field("path"), Type: "ext4", Options: "ro,x=" + field("options"), Dump: "0", Pass: "2"}
		if got, is := resource.ParseMount(want.String()); !is || got != want {
			t.Fatalf("%+v became %+v by %q", want, got, want.String())
		}
	})
}

func TestWhatIsLeftOutAtTheEndOfALineIsKnown(t *testing.T) {
	want := resource.Mount{Device: "/dev/sdb1", Path: "/srv", Type: "ext4", Options: "defaults", Dump: "0", Pass: "0"}
	if got, is := resource.ParseMount("\t/dev/sdb1 /srv ext4"); !is || got != want {
		t.Errorf("%+v", got)
	}
	for _, line := range []string{"", "# /dev/sdb1 /srv ext4", "/dev/sdb1 /srv"} {
		if got, is := resource.ParseMount(line); is {
			t.Errorf("%q is %+v", line, got)
		}
	}
}
