package worker

import (
	"fmt"
	"os"
	"strings"

	"gemba/internal/wire"
)

const bootFile = "/proc/sys/kernel/random/boot_id"

// identify reads the identity of a process that is known to exist.
func identify(pid int) (wire.Identity, error) {
	boot, err := os.ReadFile(bootFile)
	if err != nil {
		return wire.Identity{}, err
	}
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return wire.Identity{}, err
	}
	stat, err := wire.ParseStat(content)
	if err != nil {
		return wire.Identity{}, err
	}
	return wire.Identity{Boot: strings.TrimSpace(string(boot)), PID: pid, Start: stat.Start}, nil
}
