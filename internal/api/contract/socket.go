package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strconv"
)

// RuntimeDir is where the server of a state directory keeps its sockets: under the user's runtime directory, because the path of a
// socket may have 107 bytes and that of a state directory more. env reads an environment variable.
func RuntimeDir(state string, uid int, env func(string) string) string {
	sum := sha256.Sum256([]byte(state))
	name := hex.EncodeToString(sum[:6])
	switch base := env("XDG_RUNTIME_DIR"); {
	case filepath.IsAbs(base) && len(base) < 60:
		return filepath.Join(base, "gemba", name)
	case uid == 0:
		return filepath.Join("/run/gemba", name)
	default:
		return filepath.Join("/tmp", "gemba-"+strconv.Itoa(uid), name)
	}
}

// Socket is the server's own.
func Socket(runtime string) string { return filepath.Join(runtime, "server.sock") }
