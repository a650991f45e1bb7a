package detect

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// manifest is what matters of a package.json (npm documentation, package.json).
type manifest struct {
	Main            string            `json:"main"`
	Scripts         map[string]string `json:"scripts"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
}

// node finds the scripts of a Node package.
func node(f *Finding, t *tree) {
	f.Language = "Node"
	var m manifest
	if err := json.Unmarshal([]byte(t.texts["package.json"]), &m); err != nil {
		f.found("A package.json that cannot be read: " + err.Error() + ".")
		return
	}
	f.found("A Node package.")
	install := nodeInstall(f, t, m)
	manager, _, _ := strings.Cut(install, " ")
	if manager == "" {
		manager = "npm"
	}
	var script []string
	if install != "" {
		script = append(script, install)
		f.Network = true
	}
	if m.Scripts["build"] != "" {
		script = append(script, manager+" run build")
		f.found("It has a build script.")
	}
	f.Build = strings.Join(script, " && ")
	f.Output = []string{"**"}
	if test := m.Scripts["test"]; test != "" && !strings.Contains(test, "no test specified") {
		f.Test = manager + " test"
		f.found("It has a test script.")
	}
	f.Run = nodeStart(f, t, m)
}

// nodeInstall is how dependencies are fetched; empty without any.
func nodeInstall(f *Finding, t *tree, m manifest) string {
	if len(m.Dependencies)+len(m.DevDependencies) == 0 {
		return ""
	}
	installs := []struct{ lock, command string }{
		{"package-lock.json", "npm ci"}, {"npm-shrinkwrap.json", "npm ci"},
		{"yarn.lock", "yarn install --frozen-lockfile"}, {"pnpm-lock.yaml", "pnpm install --frozen-lockfile"},
	}
	for _, i := range installs {
		if t.has(i.lock) {
			f.found(fmt.Sprintf("It has dependencies, locked by %s: the build may use the network.", i.lock))
			return i.command
		}
	}
	f.found("It has dependencies: the build may use the network.")
	f.assumed("No lockfile was found, so each build may get other versions. Commit a package-lock.json and use npm ci.")
	return "npm install"
}

// nodeStart is the command that starts the service. A plain `node FILE` is run
// by itself: npm would stand between it and its signals.
func nodeStart(f *Finding, t *tree, m manifest) string {
	start := strings.TrimSpace(m.Scripts["start"])
	if start != "" {
		f.found("It has a start script.")
		if regexp.MustCompile(`^node [A-Za-z0-9 ./_=-]+$`).MatchString(start) {
			return start
		}
		return "npm start"
	}
	entry := t.first(strings.TrimPrefix(m.Main, "./"), "server.js", "index.js", "app.js", "server.mjs", "index.mjs")
	if entry == "" || !plain(entry) {
		f.found("It has neither a start script nor a server.js, index.js or app.js.")
		return ""
	}
	f.assumed(fmt.Sprintf("The service starts with node %s.", entry))
	return "node " + entry
}
