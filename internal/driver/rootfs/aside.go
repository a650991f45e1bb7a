package rootfs

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Aside are the files that are in a root filesystem only while it is baked: nothing starts a service, names are resolved and proxies
// used as on this machine, and packages have the versions of a lock, whatever newer ones there are.
func Aside(locked map[string]string, getenv func(string) string) map[string]string {
	files := map[string]string{
		"/usr/sbin/policy-rc.d": "#!/bin/sh\n# Nothing runs in a root filesystem.\nexit 101\n",
	}
	if text, err := os.ReadFile("/etc/resolv.conf"); err == nil && len(text) > 0 {
		files["/etc/resolv.conf"] = string(text)
	}
	var proxies strings.Builder
	for _, scheme := range []string{"http", "https"} {
		if proxy := getenv(scheme + "_proxy"); proxy != "" {
			fmt.Fprintf(&proxies, "Acquire::%s::Proxy %q;\n", scheme, proxy)
		}
	}
	if proxies.Len() > 0 {
		files["/etc/apt/apt.conf.d/00gemba-bake"] = proxies.String()
	}
	if len(locked) > 0 {
		files["/etc/apt/preferences.d/00gemba-bake"] = pins(locked)
	}
	return files
}

// pins are the preferences (apt_preferences(5)) by which apt takes these versions before all others, even older ones.
func pins(locked map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(locked)) {
		fmt.Fprintf(&b, "Package: %s\nPin: version %s\nPin-Priority: 1001\n\n", name, locked[name])
	}
	return b.String()
}
