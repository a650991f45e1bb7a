package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/fleettest"
)

// hundred is a profile of a hundred resources such as servers have: 10 directories, 40 files, 20 templates, 10 users, 10 lines, 5
// packages, 5 units.
func hundred() string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "  directory \"/srv/bench/d%d\" {\n    mode = \"0750\"\n  }\n", i)
		fmt.Fprintf(&b, "  user \"bench%d\" {\n    system      = true\n    create_home = false\n    shell       = \"/usr/sbin/nologin\"\n  }\n", i)
		fmt.Fprintf(&b, "  line \"host %d\" {\n    path = \"/etc/hosts\"\n    line = \"10.99.0.%d bench%d.example\"\n  }\n", i, i, i)
	}
	for i := range 40 {
		fmt.Fprintf(&b, "  file \"/srv/bench/d%d/f%d.conf\" {\n    content = \"key%d = value%d\\nother = %d\\n\"\n    mode    = \"0640\"\n  }\n", i%10, i, i, i, i)
	}
	for i := range 20 {
		fmt.Fprintf(&b, "  file \"/srv/bench/d%d/t%d.conf\" {\n    template = \"t.tmpl\"\n    mode     = \"0644\"\n  }\n", i%10, i)
	}
	for _, name := range []string{"sudo", "procps", "iproute2", "ca-certificates", "dbus"} {
		fmt.Fprintf(&b, "  package %q {}\n", name)
	}
	for _, name := range []string{"ssh", "dbus", "systemd-networkd", "systemd-journald", "systemd-logind"} {
		fmt.Fprintf(&b, "  unit %q {\n    running = true\n  }\n", name)
	}
	return b.String()
}

// newHundred is a person with hosts that are to have the hundred resources. The parent directory is there already, and so is what
// the template needs.
func newHundred(b *testing.B, n int) (*world, *fleettest.Fleet) {
	w, fleet := newFleet(b, n, hundred())
	w.write("t.tmpl", "host={{.host.name}}\nport=8080\n")
	w.commit("The template")
	for _, h := range fleet.Hosts {
		if _, err := h.Run(b.Context(), "mkdir", "-p", "/srv/bench"); err != nil {
			b.Fatal(err)
		}
	}
	return w, fleet
}

// BenchmarkConverge prints the figures of converged hosts, each beside what it is held to; nothing fails when one is over. No figure
// rests on remembered state: before each run with nothing to change, a resource is edited by hand, with its size and time kept, and
// has to be found.
func BenchmarkConverge(b *testing.B) {
	for range b.N {
		oneHost(b)
		tenHosts(b)
		farHost(b)
	}
}

func oneHost(b *testing.B) {
	w, fleet := newHundred(b, 1)
	host := fleet.Hosts[0]
	plain := median(9, func() time.Duration {
		return took(b, w, "ssh", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-F", filepath.Join(w.home, ".ssh", "config"), "root@"+host.Address, "true")
	})
	if _, err := host.Run(b.Context(), "rm", "-rf", "/var/lib/gemba"); err != nil { // as if it had never been here: the worker is pushed
		b.Fatal(err)
	}
	first, _ := applied(b, w)
	report(b, "100 resources, one host, first run, worker pushed", first, 1500*time.Millisecond)
	var inside []time.Duration
	nothing := median(9, func() time.Duration {
		whole, worker := looked(b, w, fleet)
		inside = append(inside, worker)
		return whole
	})
	fmt.Printf("%-60s %8.3f s\n", "ssh host true", plain.Seconds())
	report(b, "100 resources, one host, nothing to change", nothing, plain*3/2)
	slices.Sort(inside)
	report(b, "of it in the worker", inside[len(inside)/2], 50*time.Millisecond)
	ansible(b, w, fleet)
}

func tenHosts(b *testing.B) {
	w, fleet := newHundred(b, 10)
	first, _ := applied(b, w)
	report(b, "100 resources, ten hosts on one machine, first run", first, 6*time.Second)
	nothing := median(5, func() time.Duration {
		whole, _ := looked(b, w, fleet)
		return whole
	})
	report(b, "100 resources, ten hosts, nothing to change", nothing, 1500*time.Millisecond)
}

// farHost is a thousand small files on a host that is 26 ms away.
func farHost(b *testing.B) {
	w, fleet := newFleet(b, 1, "  file \"/srv/far/f${count.index}\" {\n    count   = 1000\n    content = \"file ${count.index}\\n\"\n  }")
	if _, err := fleet.Hosts[0].Run(b.Context(), "mkdir", "-p", "/srv/far"); err != nil {
		b.Fatal(err)
	}
	fleet.Hosts[0].Delay(b, 26*time.Millisecond)
	w.must(0, "plan")
	first, _ := applied(b, w)
	report(b, "1,000 small files, 26 ms away, first run", first, 2*time.Second)
	nothing := median(3, func() time.Duration {
		began := time.Now()
		w.must(0, "drift")
		return time.Since(began)
	})
	fmt.Printf("%-60s %8.3f s\n", "1,000 small files, 26 ms away, nothing to change", nothing.Seconds())
}

func took(b *testing.B, w *world, argv ...string) time.Duration {
	b.Helper()
	command := exec.Command(argv[0], argv[1:]...)
	command.Env, command.Dir = w.env, w.dir
	began := time.Now()
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v: %s", argv, err, out)
	}
	return time.Since(began)
}

// applied brings the hosts to what is declared, and returns the time of the apply itself.
func applied(b *testing.B, w *world) (time.Duration, string) {
	b.Helper()
	began := time.Now()
	s := w.must(0, "apply", "--yes")
	return time.Since(began), s.out
}

// looked edits one resource of the first host by hand, wants it found, puts it back, and times a look at what is as declared.
func looked(b *testing.B, w *world, fleet *fleettest.Fleet) (whole, worker time.Duration) {
	b.Helper()
	const path = "/srv/bench/d3/f3.conf"
	edit := func(from, to string) {
		script := fmt.Sprintf("touch -r %[1]s /tmp/time && sed -i s/%[2]s/%[3]s/ %[1]s && touch -r /tmp/time %[1]s", path, from, to)
		if _, err := fleet.Hosts[0].Run(b.Context(), "sh", "-c", script); err != nil {
			b.Fatal(err)
		}
	}
	edit("value3", "valve3")
	if s := w.must(2, "drift"); strings.Count(s.out, "\n") != 1 || !strings.Contains(s.out, path) {
		b.Fatalf("what was edited by hand was not found: %s", s)
	}
	edit("valve3", "value3")
	began := time.Now()
	s := w.must(0, "drift", "--json")
	whole = time.Since(began)
	var plan gemba.FleetPlan
	if err := json.Unmarshal([]byte(s.out), &plan); err != nil {
		b.Fatal(err)
	}
	for _, h := range plan.Hosts {
		if h.Unchanged != 100 {
			b.Fatalf("%d resources were looked at", h.Unchanged)
		}
		worker = max(worker, time.Duration(h.Took))
	}
	return whole, worker
}

// ansible does the same with ansible-playbook, where it is installed.
func ansible(b *testing.B, w *world, fleet *fleettest.Fleet) {
	if _, err := exec.LookPath("ansible-playbook"); err != nil {
		fmt.Println("ansible-playbook is not installed: not compared")
		return
	}
	host := fleet.Hosts[0]
	if out, err := host.Run(b.Context(), "sh", "-c", "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-minimal python3-apt >/dev/null && rm -rf /srv/bench/* && for i in 0 1 2 3 4 5 6 7 8 9; do userdel bench$i; done; sed -i /bench/d /etc/hosts"); err != nil {
		fmt.Printf("ansible's hosts need python, which could not be installed: not compared (%v %s)\n", err, out)
		return
	}
	dir := filepath.Join(w.home, "ansible")
	w.mkdir(dir)
	w.put(filepath.Join(dir, "t.j2"), "host={{ inventory_hostname }}\nport=8080\n")
	w.put(filepath.Join(dir, "play.yml"), playbook())
	w.put(filepath.Join(dir, "ansible.cfg"), "[defaults]\nhost_key_checking=False\nforks=20\nprivate_key_file="+fleet.Key+"\nremote_user=root\ninterpreter_python=/usr/bin/python3\n"+
		"[ssh_connection]\npipelining=True\nssh_args=-o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null\n")
	w.env = append(w.env, "ANSIBLE_CONFIG="+filepath.Join(dir, "ansible.cfg"), "ANSIBLE_HOME="+dir)
	for _, when := range []string{"first run", "nothing to change"} {
		fmt.Printf("%-60s %8.3f s\n", "ansible-playbook, the same, "+when, took(b, w, "ansible-playbook", "-i", host.Address+",", filepath.Join(dir, "play.yml")).Seconds())
	}
	w.kill("[mux]") // the connection that it keeps for the next run
	_ = os.RemoveAll(dir)
}

// playbook is the hundred resources as Ansible's tasks.
func playbook() string {
	var b strings.Builder
	b.WriteString("- hosts: all\n  gather_facts: false\n  tasks:\n")
	task := func(module, args string, values ...any) {
		fmt.Fprintf(&b, "  - ansible.builtin."+module+": {"+args+"}\n", values...)
	}
	for i := range 10 {
		task("file", "path: /srv/bench/d%d, state: directory, mode: '0750'", i)
	}
	for i := range 40 {
		task("copy", "dest: /srv/bench/d%d/f%d.conf, content: \"key%d = value%d\\nother = %d\\n\", mode: '0640'", i%10, i, i, i, i)
	}
	for i := range 20 {
		task("template", "src: t.j2, dest: /srv/bench/d%d/t%d.conf, mode: '0644'", i%10, i)
	}
	for i := range 10 {
		task("user", "name: bench%d, system: true, create_home: false, shell: /usr/sbin/nologin", i)
		task("lineinfile", "path: /etc/hosts, line: '10.99.0.%d bench%d.example'", i, i)
	}
	for _, name := range []string{"sudo", "procps", "iproute2", "ca-certificates", "dbus"} {
		task("apt", "name: %s, state: present", name)
	}
	for _, name := range []string{"ssh", "dbus", "systemd-networkd", "systemd-journald", "systemd-logind"} {
		task("systemd", "name: %s, state: started", name)
	}
	return b.String()
}
