package patch

import (
	"strconv"
	"strings"

	"gemba"
)

// Batch reads how many of some hosts are patched at the same time: a number, or a share in percent. It is at least 1.
func Batch(text string, hosts int) (int, error) {
	wrong := gemba.Fail(gemba.Invalid, text+" is no batch", "it is a number of hosts, or a share of them such as 25%", "--batch 1")
	if text == "" {
		return 1, nil
	}
	share, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(share)
	if err != nil || n < 1 || percent && n > 100 {
		return 0, wrong
	}
	if percent {
		n = hosts * n / 100
	}
	return max(n, 1), nil
}

// Reboots reports whether a host is rebooted: as is said, or as it needs.
func Reboots(how, needs string) (why string, err error) {
	switch how {
	case "", "needed":
		return needs, nil
	case "never":
		return "", nil
	case "always":
		if needs == "" {
			needs = "it was asked for"
		}
		return needs, nil
	}
	return "", gemba.Fail(gemba.Invalid, how+" is no way to reboot", "it is always, never or needed", "--reboot needed")
}
