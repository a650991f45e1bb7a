package user_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/memory"
	"gemba/internal/resource/resourcetest"
	"gemba/internal/resource/user"
)

const (
	hash  = "$6$salt$Zm9vYmFy"
	hash2 = "$y$j9T$other$hash"
)

func prepare(h *memory.Host) {
	resourcetest.AccountPrograms(h)
	h.Set("/etc/group", h.Text("/etc/group")+"people:x:2000:\n")
}

func draw(t *rapid.T, h *memory.Host) (string, map[string]any) {
	prepare(h)
	if rapid.Bool().Draw(t, "is there") {
		gid := rapid.SampledFrom([]string{"1000", "2000"}).Draw(t, "gid")
		if gid == "1000" {
			h.Set("/etc/group", h.Text("/etc/group")+"ana:x:1000:\n")
		}
		h.Set("/etc/group", strings.Replace(h.Text("/etc/group"), "sudo:x:27:", "sudo:x:27:"+rapid.SampledFrom([]string{"", "ana"}).Draw(t, "in sudo"), 1))
		h.Set("/etc/passwd", h.Text("/etc/passwd")+"ana:x:1000:"+gid+":Ana:/home/ana:/bin/sh\n")
		password := rapid.SampledFrom([]string{"!", "!!", "*", "!*", "", hash, "!" + hash, hash2, "!!" + hash2}).Draw(t, "has password")
		h.Set("/etc/shadow", h.Text("/etc/shadow")+"ana:"+password+":19000:0:99999:7::"+rapid.SampledFrom([]string{"", "20000"}).Draw(t, "has expiry")+":\n")
	} else if rapid.Bool().Draw(t, "a group of the name is there") {
		h.Set("/etc/group", h.Text("/etc/group")+"ana:x:3000:\n")
	}
	for _, home := range []string{"/home/ana", "/var/lib/ana"} {
		if rapid.Bool().Draw(t, home) {
			if err := h.Mkdir(home, resource.Meta{Mode: 0o700, UID: 1000, GID: 1000}); err != nil {
				t.Fatal(err)
			}
			h.Set(home+"/file", "precious")
		}
	}
	declared := map[string]any{}
	maybe := func(name string, values ...any) {
		if rapid.Bool().Draw(t, name+"?") {
			declared[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "absent") == 0 {
		declared["absent"] = true
		maybe("remove_home", true)
		return "ana", declared
	}
	maybe("uid", 1000, 1234)
	maybe("group", "people", "2000", "www-data")
	maybe("groups", []string{}, []string{"sudo"}, []string{"adm", "sudo", "people", "adm"})
	if declared["groups"] != nil {
		maybe("exact_groups", true)
	}
	maybe("home", "/home/ana", "/var/lib/ana")
	if declared["home"] != nil {
		maybe("move_home", true)
	}
	maybe("create_home", true, false)
	maybe("shell", "/bin/bash", "/usr/sbin/nologin")
	maybe("comment", "", "Ana Lima")
	maybe("system", true)
	maybe("password", hash, "*")
	if declared["password"] != nil {
		maybe("password_when", "create", "always")
	}
	maybe("locked", true, false)
	maybe("expires", "never", "2027-01-31")
	return "ana", declared
}

func TestLaws(t *testing.T) { resourcetest.Laws(t, user.Kind(), draw) }

func host() *memory.Host {
	h := memory.New()
	prepare(h)
	h.Calls = nil
	return h
}

func change(t *testing.T, h *memory.Host, declared map[string]any) resource.Difference {
	t.Helper()
	difference, err := resourcetest.Change(t, user.Kind(), h, "ana", declared)
	if err != nil {
		t.Fatal(err)
	}
	return difference
}

func account(t *testing.T, h *memory.Host) resource.Account {
	t.Helper()
	accounts, err := h.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	u, _ := accounts.User("ana")
	return u
}

func groups(h *memory.Host) []string {
	accounts, _ := h.Accounts()
	names := []string{}
	for _, g := range accounts.Groups {
		if slices.Contains(g.Members, "ana") {
			names = append(names, g.Name)
		}
	}
	return names
}

func TestANewUserGetsAGroupOfItsOwnAndAHome(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"comment": "Ana", "groups": []string{"sudo"}})
	if want := []string{"run useradd -U -G sudo -c Ana -m -- ana", "mkdir /home/ana"}; !reflect.DeepEqual(h.Calls, want) {
		t.Errorf("%q", h.Calls)
	}
}

func TestAGroupOfItsNameThatIsThereIsTaken(t *testing.T) {
	h := host()
	h.Set("/etc/group", h.Text("/etc/group")+"ana:x:3000:\n")
	change(t, h, map[string]any{})
	if u := account(t, h); u.GID != 3000 {
		t.Errorf("%+v", u)
	}
}

func TestGroupsAreAddedAndOthersStay(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"groups": []string{"adm"}})
	change(t, h, map[string]any{"groups": []string{"sudo"}})
	if got := groups(h); !reflect.DeepEqual(got, []string{"adm", "sudo"}) {
		t.Errorf("%v", got)
	}
	change(t, h, map[string]any{"groups": []string{"sudo"}, "exact_groups": true})
	if got := groups(h); !reflect.DeepEqual(got, []string{"sudo"}) {
		t.Errorf("%v", got)
	}
	change(t, h, map[string]any{"groups": []string{}, "exact_groups": true})
	if got := groups(h); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

func TestThePrimaryGroupIsNoGroupToJoin(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"group": "people", "groups": []string{"people", "adm"}})
	if difference := change(t, h, map[string]any{"groups": []string{"people", "adm"}}); !difference.None() {
		t.Errorf("%+v", difference)
	}
}

func TestAPasswordIsSeenByNobody(t *testing.T) {
	h := host()
	difference := change(t, h, map[string]any{"password": hash})
	if said := strings.Join(h.Calls, " "); strings.Contains(said, "$6$") || account(t, h).Password != hash {
		t.Errorf("%s, %s", said, account(t, h).Password)
	}
	change(t, h, map[string]any{"password": hash2})
	for _, d := range difference.Diffs {
		if d.Attribute == "password" && (!d.Hidden || d.From+d.To != "") {
			t.Errorf("%+v", d)
		}
	}
}

func TestAPasswordOfTheBeginningIsTheUsersToChange(t *testing.T) {
	h := host()
	declared := map[string]any{"password": hash, "password_when": "create"}
	change(t, h, declared)
	if account(t, h).Password != hash {
		t.Fatal(account(t, h).Password)
	}
	change(t, h, map[string]any{"password": hash2}) // as passwd(1) would
	if difference := change(t, h, declared); !difference.None() {
		t.Errorf("%+v", difference)
	}
}

func TestALockStaysWhenThePasswordChanges(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"password": hash, "locked": true})
	if got := account(t, h).Password; got != "!"+hash {
		t.Fatal(got)
	}
	change(t, h, map[string]any{"password": hash2})
	if got := account(t, h).Password; got != "!"+hash2 {
		t.Fatal(got)
	}
	h.Calls = nil
	change(t, h, map[string]any{"locked": false})
	if got := account(t, h).Password; got != hash2 || !slices.Equal(h.Calls, []string{"run usermod -U -- ana"}) {
		t.Errorf("%s, %v", got, h.Calls)
	}
}

func TestWhereThereIsNoPasswordNothingIsUnlocked(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"locked": false})
	if difference := change(t, h, map[string]any{"locked": false}); !difference.None() || account(t, h).Password != "!" {
		t.Errorf("%+v", difference)
	}
}

func TestAHomeMovesWithWhatIsInIt(t *testing.T) {
	h := host()
	change(t, h, map[string]any{})
	h.Set("/home/ana/file", "precious")
	change(t, h, map[string]any{"home": "/var/lib/ana", "move_home": true})
	if h.Text("/var/lib/ana/file") != "precious" {
		t.Errorf("%v", slices.Sorted(maps.Keys(h.Snapshot())))
	}
}

func TestAHomeDoesNotMoveOverAnother(t *testing.T) {
	h := host()
	change(t, h, map[string]any{})
	h.Set("/home/ana/file", "old")
	if err := h.Mkdir("/var/lib/ana", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	h.Set("/var/lib/ana/file", "new")
	change(t, h, map[string]any{"home": "/var/lib/ana", "move_home": true})
	if h.Text("/var/lib/ana/file") != "new" || h.Text("/home/ana/file") != "old" || account(t, h).Home != "/var/lib/ana" {
		t.Error("it moved")
	}
}

func TestAMissingHomeIsMadeAndFurnished(t *testing.T) {
	h := host()
	if err := h.Mkdir("/etc/skel", resource.Meta{Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	h.Set("/etc/skel/.profile", "umask 077\n")
	change(t, h, map[string]any{"create_home": false})
	difference := change(t, h, map[string]any{"create_home": true})
	home, _ := h.Lstat("/home/ana")
	profile, _ := h.Lstat("/home/ana/.profile")
	if u := account(t, h); home.Mode != 0o700 || home.UID != u.UID || profile.UID != u.UID || profile.Mode != 0o644 || len(difference.Diffs) != 1 {
		t.Errorf("%+v, %+v, %+v", home, profile, difference)
	}
}

func TestOnlyWhatDiffersIsChanged(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"shell": "/bin/bash", "comment": "Ana", "uid": 2000})
	h.Calls = nil
	difference := change(t, h, map[string]any{"shell": "/bin/sh", "comment": "Ana", "uid": 2000, "expires": "never"})
	if want := []gemba.Diff{{Attribute: "shell", From: "/bin/bash", To: "/bin/sh"}}; !reflect.DeepEqual(difference.Diffs, want) || !slices.Equal(h.Calls, []string{"run usermod -s /bin/sh -- ana"}) {
		t.Errorf("%+v, %v", difference, h.Calls)
	}
}

func TestADayOfExpiryComesAndGoes(t *testing.T) {
	h := host()
	change(t, h, map[string]any{"expires": "2027-01-31"})
	if got := account(t, h).Expires; got != 20849 {
		t.Error(got)
	}
	difference := change(t, h, map[string]any{"expires": "never"})
	if want := []gemba.Diff{{Attribute: "expires", From: "2027-01-31", To: "never"}}; !reflect.DeepEqual(difference.Diffs, want) || account(t, h).Expires != -1 {
		t.Errorf("%+v", difference)
	}
}

func TestAUserGoesAndItsFilesOnlyWhereThatIsAskedFor(t *testing.T) {
	h := host()
	change(t, h, map[string]any{})
	change(t, h, map[string]any{"absent": true})
	if _, err := h.Lstat("/home/ana"); err != nil || account(t, h).Name != "" {
		t.Error(err)
	}
	change(t, h, map[string]any{})
	change(t, h, map[string]any{"absent": true, "remove_home": true})
	if _, err := h.Lstat("/home/ana"); err == nil {
		t.Error("it is still there")
	}
}

func TestDeclarationsThatMakeNoSense(t *testing.T) {
	for says, declared := range map[string]string{
		"nothing else than remove_home": `{"absent": true, "uid": 1}`,
		"it needs absent":               `{"remove_home": true}`,
		"no hash":                       `{"password": "hunter2"}`,
		"needs a password":              `{"password_when": "create"}`,
		"needs home":                    `{"move_home": true}`,
		"needs groups":                  `{"exact_groups": true}`,
		"without a colon":               `{"comment": "a:b"}`,
		"expires is a day":              `{"expires": "tomorrow"}`,
		"is an absolute path":           `{"shell": "bash"}`,
		"no name of a group":            `{"group": "-g"}`,
	} {
		if _, err := user.Kind().New("ana", []byte(declared)); gemba.CodeOf(err) != gemba.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", declared, err)
		}
	}
	if _, err := user.Kind().New("root", []byte(`{"absent": true}`)); err == nil {
		t.Error("root may be absent")
	}
}
