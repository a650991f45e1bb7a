package build

import (
	"path"
	"slices"
)

// A toolchain is recognised by files of the service's subtree. Its version is part of the build key and its caches are
// kept between builds.
type toolchain struct {
	name    string
	markers []string          // base names
	version []string          // argv
	caches  map[string]string // environment variable to directory below the cache
}

var toolchains = []toolchain{
	{"go", []string{"go.mod"}, []string{"go", "version"}, map[string]string{"GOMODCACHE": "go/mod", "GOCACHE": "go/build"}},
	{"node", []string{"package.json"}, []string{"node", "--version"}, map[string]string{"npm_config_cache": "npm"}},
	{"python", []string{"pyproject.toml", "requirements.txt", "setup.py"}, []string{"python3", "--version"}, map[string]string{"PIP_CACHE_DIR": "pip"}},
}

// VersionCommands returns, for a subtree with these entries, the toolchains that
// it uses and the command that tells the version of each.
func VersionCommands(entries []string) map[string][]string {
	commands := map[string][]string{}
	for _, t := range toolchains {
		if slices.ContainsFunc(entries, func(e string) bool { return slices.Contains(t.markers, path.Base(e)) }) {
			commands[t.name] = t.version
		}
	}
	return commands
}

// CacheVariables returns the environment that leads every known toolchain to a
// directory below root.
func CacheVariables(root string) map[string]string {
	variables := map[string]string{"XDG_CACHE_HOME": path.Join(root, "xdg")}
	for _, t := range toolchains {
		for name, dir := range t.caches {
			variables[name] = path.Join(root, dir)
		}
	}
	return variables
}

// Inherited are the variables that every build is given from the server's environment when they are set there: the way out through
// proxies and mirrors, and the certificates to trust on it. A recipe adds its own.
var Inherited = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
	"GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOTOOLCHAIN", "npm_config_registry", "PIP_INDEX_URL",
}

// CertificateFiles are those of Inherited whose value is a path that the build has to be able to read.
var CertificateFiles = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"}
