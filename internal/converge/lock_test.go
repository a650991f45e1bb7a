package converge_test

import (
	"maps"
	"strings"
	"testing"

	"gemba/internal/converge"
)

func TestALockIsReadAsItWasWritten(t *testing.T) {
	lock := converge.Lock{"nginx-light": "1.22.1-9+deb12u3", "libc6": "2.36-9+deb12u10", "perl:i386": "5.36.0-7"}
	text := lock.String()
	read, err := converge.ParseLock(text)
	if err != nil || !maps.Equal(read, lock) {
		t.Errorf("%v was read as %v: %v", lock, read, err)
	}
	if libc, nginx := strings.Index(text, "libc6"), strings.Index(text, "nginx"); libc > nginx {
		t.Errorf("it is not sorted:\n%s", text)
	}
}

func TestALockThatWasEditedWrongNamesTheLine(t *testing.T) {
	for _, text := range []string{"# head\nnginx 1.2\n", "a=1\nb=\n", "a=1\n=2\n"} {
		if _, err := converge.ParseLock(text); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestALockNamesTheVersionsThatAreGone(t *testing.T) {
	lock := converge.Lock{"nginx": "1.22", "libc6": "2.36", "unused": "1"}
	if err := lock.Holds(map[string]string{"nginx": "1.22", "libc6": "2.36", "new": "3"}); err != nil {
		t.Errorf("%v", err)
	}
	if err := lock.Holds(map[string]string{"nginx": "1.24", "libc6": "2.36"}); err == nil || !strings.Contains(err.Error(), "nginx is 1.24 and not 1.22") {
		t.Errorf("%v", err)
	}
}
