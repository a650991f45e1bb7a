package e2e

import "math/rand/v2"

// byHand are what people do on a host without telling anybody.
var byHand = []string{
	"rm -rf /srv/exact", "rm -rf /srv/exact/* /etc/exact.d", "rm -rf /srv/exact-deep", "rm -rf /etc/exact.conf",
	"mkdir -p /srv/exact/a; echo mine >/srv/exact/a/mine", "mkdir -p /etc/exact.d; echo mine >/etc/exact.d/mine", "mkdir -p /srv/exact; echo x >/srv/exact/one.conf; chmod 600 /srv/exact/one.conf",
	"mkdir -p /srv/exact-all/b; echo x >/srv/exact-all/b/c; chmod 777 /srv/exact-all/b/c; ln -sf c /srv/exact-all/b/d",
	"find /srv/exact /etc/exact.d -type f -exec chmod 666 {} +", "find /srv/exact -exec chown -h 33:33 {} +", "find /srv/exact -name '*.conf' -exec sh -c 'echo tail >>$0' {} ';'",
	"userdel -r ex0", "userdel ex1", "useradd -m -s /bin/sh ex2", "usermod -s /bin/bash -c hand ex3", "usermod -L ex1", "groupdel eg0", "groupadd eg1", "usermod -aG adm ex0", "gpasswd -d ex0 adm",
	"rm -rf /home/ex0/.ssh", "echo '# by hand' >>/home/ex1/.ssh/authorized_keys",
	"systemctl stop ex-web", "systemctl disable ex-web", "systemctl start ex-once", "rm -f /etc/systemd/system/ex-work.service", "echo '# hand' >>/etc/systemd/system/ex-web.service", "systemctl stop cron", "systemctl stop nginx", "systemctl disable nginx",
	"rm -f /etc/cron.d/ex-*", "chmod 666 /etc/cron.d/ex-report", "sysctl -qw net.core.somaxconn=128", "rm -f /etc/sysctl.d/60-gemba-*", "sysctl -qw net.ipv4.ip_forward=1",
	"sed -i /line/d /etc/hosts", "sed -i /gemba/d /etc/motd", ": >/etc/motd", "echo '[two]\nkey1=7\nkey1=8' >>/etc/exact.conf",
	"dpkg -r tree", "dpkg -r bc", "dpkg -P ed", "apt-mark -q hold time",
}

// emptied leaves nothing of what profiles make, so that a plan has to tell of everything.
const emptied = `systemctl disable --now ex-web ex-once ex-work ex-nightly.timer; rm -rf /etc/systemd/system/ex-* /etc/systemd/system/cron.service.d; systemctl daemon-reload
for u in ex0 ex1 ex2 ex3; do userdel -r $u; done; for g in eg0 eg1 eg2; do groupdel $g; done
rm -rf /srv/* /home/* /etc/exact* /usr/local/share/exact /etc/cron.d/ex-* /etc/sysctl.d/60-gemba-* /tmp/exact-*; sed -i '/line\|gemba\|first\|second\|other/d' /etc/hosts /etc/motd
apt-mark -q unhold time; apt-get -qq purge -y tree ed bc time file nano-tiny nginx-light nginx-common`

// handiwork draws the state that a profile finds: what the last one left with some edits by hand, or nothing.
func handiwork(random *rand.Rand) string {
	script := ""
	if random.IntN(5) == 0 {
		script = emptied + "\n"
	}
	for range random.IntN(6) {
		script += byHand[random.IntN(len(byHand))] + "\n"
	}
	return "set +e\nexec >/dev/null 2>&1\n" + script + "true"
}
