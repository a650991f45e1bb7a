package patch

import (
	"slices"
	"testing"

	"gemba"
)

func TestUpgradesAreReadFromWhatAptWouldDo(t *testing.T) {
	text := `NOTE: This is only a simulation!
Inst openssl [3.0.11-1] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64]) []
Inst curl [7.88.1-10] (7.88.1-10+deb12u8 Debian:12.8/stable [amd64])
Inst linux-image-6.1.0-28-amd64 (6.1.119-1 Debian-Security:12/stable-security [amd64])
Inst tzdata [1] (2 Debian:12/stable-updates, Debian-Security:12/stable-security [all])
Conf curl (7.88.1-10+deb12u8 Debian:12.8/stable [amd64])
`
	got := Upgrades(text)
	want := []gemba.Upgrade{{Name: "curl", From: "7.88.1-10", To: "7.88.1-10+deb12u8"}, {Name: "openssl", From: "3.0.11-1", To: "3.0.15-1~deb12u1", Security: true}, {Name: "tzdata", From: "1", To: "2", Security: true}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if held := Held(got, []string{"curl", "vim"}); !slices.Equal(held, []string{"curl"}) {
		t.Error(held)
	}
}

func TestServicesThatRunAreThoseThatStay(t *testing.T) {
	got := Running("Id=cron.service\nSubState=running\nUnitFileState=enabled\n\nId=dbus.service\nSubState=running\nUnitFileState=static\n\n" +
		"Id=run-1.service\nSubState=running\nUnitFileState=transient\n\nId=old.service\nSubState=dead\nUnitFileState=enabled\n\nId=by-hand.service\nSubState=running\nUnitFileState=disabled\n")
	if !slices.Equal(got, []string{"by-hand.service", "cron.service"}) {
		t.Error(got)
	}
	if gone := Missing(got, []string{"cron.service"}); !slices.Equal(gone, []string{"by-hand.service"}) {
		t.Error(gone)
	}
}

func TestBatchesAreNumbersOrShares(t *testing.T) {
	for text, want := range map[string]int{"": 1, "1": 1, "3": 3, "25%": 2, "5%": 1, "100%": 10} {
		if got, err := Batch(text, 10); err != nil || got != want {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "-1", "x", "101%", "%"} {
		if _, err := Batch(text, 10); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestAHostIsRebootedAsItIsSaidOrAsItNeeds(t *testing.T) {
	for _, c := range []struct {
		how, needs string
		reboots    bool
	}{{"", "", false}, {"needed", "a newer kernel", true}, {"never", "a newer kernel", false}, {"always", "", true}} {
		if why, err := Reboots(c.how, c.needs); err != nil || (why != "") != c.reboots {
			t.Errorf("%+v: %q, %v", c, why, err)
		}
	}
	if _, err := Reboots("sometimes", ""); err == nil {
		t.Error("it is taken")
	}
}
