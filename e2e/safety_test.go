package e2e

import (
	"strings"
	"testing"

	"gemba/internal/fleettest"
)

// on runs a command on a host, beside the network.
func on(t testing.TB, h *fleettest.Host, argv ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), argv...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func TestAnAppliedPlanIsUndone(t *testing.T) {
	t.Parallel()
	w, fleet := newFleet(t, 2, `
  file "/etc/motd" {
    content = "new\n"
    mode    = "0644"
  }
  file "/etc/fresh.conf" { content = "fresh\n" }
  file "/etc/toy.conf" {
    content = "mode = new\n"
    notify  = unit.toy
  }
  unit "toy" { running = true }
  group "toys" {}
`)
	for _, h := range fleet.Hosts {
		h.Put(t, "/etc/motd", []byte("old\n"), 0o600)
		h.Put(t, "/etc/toy.conf", []byte("mode = old\n"), 0o644)
		h.Put(t, "/etc/systemd/system/toy.service", []byte("[Service]\nExecStart=/bin/sh -c 'cp /etc/toy.conf /run/toy; exec sleep infinity'\n"), 0o644)
		on(t, h, "sh", "-c", "systemctl daemon-reload && systemctl start toy")
	}
	w.says(w.must(0, "apply", "--yes"), "Undo cannot restore: group toys.", "undo with   gemba apply --undo p-1")
	first, second := fleet.Hosts[0], fleet.Hosts[1]
	w.eventually("the unit has read what is new", func() bool { return on(t, first, "cat", "/run/toy") == "mode = new" })
	second.Put(t, "/etc/motd", []byte("by hand\n"), 0o644)

	s := w.must(1, "apply", "--undo", "p-1")
	w.says(s, "/etc/motd: it has been changed since that apply", "Undo cannot restore: group toys.", "told again: toy", "Not as before: web-2")
	if got := on(t, second, "cat", "/etc/motd"); got != "by hand" {
		t.Errorf("what somebody did since is %q now", got)
	}
	for _, h := range fleet.Hosts {
		if got := on(t, h, "sh", "-c", "cat /etc/toy.conf; ls /etc/fresh.conf 2>/dev/null || echo gone"); got != "mode = old\ngone" {
			t.Errorf("%s: %q", h.Name, got)
		}
		w.eventually("the unit has read what was", func() bool { return on(t, h, "cat", "/run/toy") == "mode = old" })
	}
	if got := on(t, first, "sh", "-c", "cat /etc/motd; stat -c %a /etc/motd"); got != "old\n600" {
		t.Errorf("%q", got)
	}
	w.says(w.must(1, "apply", "--undo", "p-1", "web-1"), "nothing of that apply is kept on this host")
	w.says(w.must(1, "apply", "--undo", "p-9"), "there is no plan p-9")
	undone := 0
	for _, e := range w.events() {
		if e.Kind == "host.undone" {
			undone++
		}
	}
	if undone != 3 {
		t.Errorf("the ledger tells of %d", undone)
	}
	w.says(w.must(0, "apply", "--yes"), "changed") // and it can be applied again
}

const sshd = `
  file "/etc/ssh/sshd_config.d/20-test.conf" {
    content = "LINES\n"
    notify  = unit.ssh
  }
  unit "ssh" { running = true }
`

// declare commits another profile of the fleet.
func (w *world) declare(profile, subject string) {
	w.Helper()
	text := w.read("gemba.hcl")
	begin, end := strings.Index(text, `profile "web" {`), strings.Index(text, `environment "production"`)
	w.write("gemba.hcl", text[:begin]+"profile \"web\" {\n"+profile+"\n}\n"+text[end:])
	w.commit(subject)
}

func TestRulesThatCutTheLinkGoFromTheKernelAgain(t *testing.T) {
	long(t)
	w, fleet := newFleet(t, 1, `
  file "/etc/nftables.conf" {
    content = "flush ruleset\ntable inet shut {\n  chain input {\n    type filter hook input priority 0; policy drop;\n  }\n}\n"
    notify  = unit.nftables
  }
  unit "nftables" { running = true }
`)
	host := fleet.Hosts[0]
	on(t, host, "systemctl", "start", "nftables")
	w.says(w.must(1, "apply", "--yes", "--guard", "5s"), "file./etc/nftables.conf", "was put back")
	if got := on(t, host, "nft", "list", "tables"); strings.Contains(got, "shut") {
		t.Error(got)
	}
	w.must(2, "drift")
}

func TestAFirewallThatCutsTheLinkIsTakenOutOfTheKernel(t *testing.T) {
	long(t)
	w, fleet := newFleet(t, 1, `
  firewall "shut" {
    content = "table inet shut {\n  chain input {\n    type filter hook input priority 0; policy drop;\n  }\n}\n"
  }
  file "/etc/after" {
    content  = "after\n"
    requires = [firewall.shut]
  }
`)
	host := fleet.Hosts[0]
	w.says(w.must(1, "apply", "--yes", "--guard", "5s"), "firewall.shut", "was put back")
	if got := on(t, host, "sh", "-c", "nft list tables; ls /etc/nftables.d/ /etc/after 2>/dev/null || true"); strings.Contains(got, "shut") || strings.Contains(got, "after") {
		t.Error(got)
	}
	w.must(2, "drift")
}

func TestAGuardOutlivesItsSessionAndTheNextContactTellsWhatItDid(t *testing.T) {
	long(t)
	w, fleet := newFleet(t, 1, strings.ReplaceAll(sshd, "LINES", "PrintMotd no"))
	host := fleet.Hosts[0]
	// Whoever ends the session ends all that is in its control group.
	host.Put(t, "/etc/systemd/system/ssh.service.d/kill.conf", []byte("[Service]\nKillMode=control-group\n"), 0o644)
	on(t, host, "systemctl", "daemon-reload")
	command, _, talk := w.start("apply", "--yes", "--guard", "4s")
	w.eventually("the change is made, and not confirmed", func() bool {
		_, err := host.Run(t.Context(), "ls", "/var/lib/gemba/guard/armed", "/etc/ssh/sshd_config.d/20-test.conf")
		return err == nil
	})
	w.kill("gemba-server") // nobody is left who could confirm
	on(t, host, "systemctl", "restart", "ssh")
	_ = command.Wait()
	w.eventually("the guard has put it back", func() bool {
		_, err := host.Run(t.Context(), "ls", "/var/lib/gemba/guard/report")
		return err == nil
	})
	if got := on(t, host, "ls", "/etc/ssh/sshd_config.d"); strings.Contains(got, "20-test") {
		t.Error(got, talk)
	}
	w.must(2, "drift")
	told := 0
	for _, e := range w.events() {
		if e.Kind == "host.undone" && e.Actor == "gemba" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the next contact told of %d", told)
	}
}

func TestAChangeThatCutsTheLinkIsPutBackByItsGuard(t *testing.T) {
	long(t)
	w, fleet := newFleet(t, 1, strings.ReplaceAll(sshd, "LINES", "PrintMotd no"))
	host := fleet.Hosts[0]
	active := func() string { return on(t, host, "cat", "/etc/ssh/sshd_config.d/20-test.conf") }

	t.Run("a good change is confirmed and stays", func(t *testing.T) {
		w := w.of(t)
		w.must(0, "apply", "--yes")
		if got := active(); got != "PrintMotd no" {
			t.Errorf("%q", got)
		}
		w.eventually("no guard is left", func() bool { return on(t, host, "sh", "-c", "pgrep -c gemba-worker || true") == "0" })
		if got := on(t, host, "ls", "/var/lib/gemba/guard"); strings.Contains(got, "armed") {
			t.Error(got)
		}
	})
	for what, lines := range map[string]string{"nobody may sign in": "AllowUsers nobody", "it listens at another port": "Port 2222"} {
		t.Run(what, func(t *testing.T) {
			w := w.of(t)
			w.declare(strings.ReplaceAll(sshd, "LINES", lines), what)
			s := w.must(1, "apply", "--yes", "--guard", "5s")
			w.says(s, "file./etc/ssh/sshd_config.d/20-test.conf", "cut the way to the host, and was put back", "its guard has put things back", "told again: ssh")
			if got := active(); got != "PrintMotd no" {
				t.Errorf("%q", got)
			}
			w.must(2, "drift") // it answers, and is not as declared
			found := false
			for _, e := range w.events() {
				found = found || e.Kind == "host.undone" && strings.Contains(string(e.Data), "nobody reached the host anew")
			}
			if !found {
				t.Error("the ledger does not tell")
			}
		})
	}
}
