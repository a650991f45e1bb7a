package rootfs

import (
	"fmt"
	"os"
	"strings"

	"gemba"
)

const (
	unitDir   = "/etc/systemd/system"
	firstUnit = "gemba-firstboot.service"
	wants     = unitDir + "/multi-user.target.wants"
)

// addFirstBoot leaves a unit that does, once, what starting a system does not do by itself, and removes itself. It reports whether
// there is anything to do.
func addFirstBoot(residue []gemba.Residue) (bool, error) {
	var commands [][]string
	if program("/usr/sbin/sshd") && program("/usr/bin/ssh-keygen") { // no two hosts share keys, and sshd makes none
		commands = append(commands, []string{"/usr/bin/ssh-keygen", "-A"})
	}
	for _, r := range residue {
		if len(r.Command) > 0 {
			commands = append(commands, r.Command)
		}
	}
	if len(commands) == 0 || !program("/usr/bin/systemctl") {
		return false, nil
	}
	if err := os.MkdirAll(wants, 0o755); err != nil {
		return false, fmt.Errorf("leaving what is done at the first start: %w", err)
	}
	if err := os.WriteFile(unitDir+"/"+firstUnit, []byte(firstBoot(commands)), 0o644); err != nil {
		return false, fmt.Errorf("leaving what is done at the first start: %w", err)
	}
	if err := os.Symlink(unitDir+"/"+firstUnit, wants+"/"+firstUnit); err != nil {
		return false, fmt.Errorf("leaving what is done at the first start: %w", err)
	}
	return true, nil
}

// firstBoot is the text of the unit. A command that fails keeps it, and the next start tries again.
func firstBoot(commands [][]string) string {
	var b strings.Builder
	b.WriteString("[Unit]\nDescription=What an image leaves to the first start of a host\nBefore=ssh.service ssh.socket\n\n[Service]\nType=oneshot\n")
	commands = append(commands, []string{"/usr/bin/rm", "-f", wants + "/" + firstUnit, unitDir + "/" + firstUnit})
	for _, argv := range commands {
		words := make([]string, len(argv))
		for i, word := range argv {
			words[i] = quote(word)
		}
		b.WriteString("ExecStart=" + strings.Join(words, " ") + "\n")
	}
	b.WriteString("\n[Install]\nWantedBy=multi-user.target\n")
	return b.String()
}

// quote writes a word as systemd.service(5) reads it back.
func quote(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(word) + `"`
}

func program(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
