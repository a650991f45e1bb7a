package app

import (
	"hash/fnv"
	"os"
)

// buildUser is the account number that a service's builds run as when the server is root: of the range that systemd
// keeps for dynamic users, the same for the same service, so that its caches stay its own. 0 where the server is not root.
func buildUser(service string) int {
	if os.Getuid() != 0 {
		return 0
	}
	const first, last = 61184, 65519
	h := fnv.New32a()
	h.Write([]byte(service))
	return first + int(h.Sum32()%(last-first+1))
}
