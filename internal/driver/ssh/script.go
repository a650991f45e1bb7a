package ssh

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What a script prints before anything else, on a line of its own: all before it is what a login shell says.
const (
	headMark    = "gemba-worker: "
	headReady   = "gemba-worker: ready"    // what follows is the worker's
	headMissing = "gemba-worker: missing " // the machine follows, as uname -m names it
	headPush    = "gemba-worker: push"     // the executable may come
)

// sudoPrompt is how sudo asks for the password here, whatever the host's language.
const sudoPrompt = "[gemba-worker: sudo]"

// Codes with which a push ends. They are none of the shell's own.
const (
	codeMkdir  = 61
	codeUnzip  = 62
	codeSum    = 63
	codeDiffer = 64
	codeMove   = 65
)

// runScript runs the worker if it is there. A file that a crash of the host left empty is not there.
func runScript(prefix string, versions map[string]string, args []string) (string, error) {
	words, err := quoteAll(args)
	if err != nil {
		return "", err
	}
	var cases strings.Builder
	for _, machine := range slices.Sorted(maps.Keys(versions)) {
		fmt.Fprintf(&cases, "%s) w=%s;; ", machine, quote(prefix+"/"+versions[machine]+"/gemba-worker"))
	}
	return "umask 077; m=$(uname -m); w=; case $m in " + cases.String() + "esac; " +
		`if [ -n "$w" ] && [ -s "$w" ]; then echo ` + quote(headReady) + `; exec "$w" ` + words + "; fi; " +
		"echo " + quote(headMissing) + `"$m"`, nil
}

// pushScript takes the executable. Older versions go only when the new one is in place; whoever runs one keeps it open.
func pushScript(prefix string, e *executable) string {
	hex := strings.Repeat("[0-9a-f]", 16)
	return strings.Join([]string{
		"umask 077; LC_ALL=C; export LC_ALL",
		"b=" + quote(prefix) + "; d=$b/" + e.version() + "; t=$d/push.$$",
		fmt.Sprintf(`mkdir -p -m 700 "$d" || exit %d`, codeMkdir),
		`trap 'rm -f "$t"' EXIT`,
		`echo ` + quote(headPush),
		fmt.Sprintf(`gzip -dc >"$t" || exit %d`, codeUnzip),
		fmt.Sprintf(`s=$(sha256sum <"$t") || exit %d`, codeSum),
		fmt.Sprintf(`[ "${s%%%% *}" = %s ] || exit %d`, e.sum, codeDiffer),
		fmt.Sprintf(`chmod 700 "$t" && mv -f "$t" "$d/gemba-worker" || exit %d`, codeMove),
		`for o in "$b"/` + hex + `; do if [ "$o" != "$d" ] && [ -f "$o/gemba-worker" ]; then rm -rf "$o"; fi; done`,
	}, "; ")
}

// command is what sshd is asked to run, by whatever login shell the user has.
func command(user, script string) string {
	if user == "root" {
		return "exec sh -c " + quote(script)
	}
	// sudo speaks English here, so that what it refuses can be told apart.
	return "exec sh -c " + quote("LC_ALL=C; export LC_ALL; exec sudo -S -p "+quote(sudoPrompt)+" -- sh -c "+quote(script))
}
