package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"

	"gemba/internal/view/line"
)

//go:embed assets
var assetFiles embed.FS

// assets are the style sheet and the script, each under a name that changes with its content.
type assets struct {
	Style, Script string // paths
	files         map[string]asset
}

type asset struct {
	kind string
	body string
}

func newAssets() *assets {
	a := &assets{files: map[string]asset{}}
	a.Style = a.add("app", ".css", "text/css; charset=utf-8", must("assets/app.css")+line.Style)
	a.Script = a.add("app", ".js", "text/javascript; charset=utf-8", must("assets/app.js"))
	a.add("icon", ".svg", "image/svg+xml", must("assets/icon.svg"))
	return a
}

// must reads a file that the compiler put into the program.
func must(name string) string {
	data, err := assetFiles.ReadFile(name)
	if err != nil {
		panic(err) // cannot be: go:embed fails the build
	}
	return string(data)
}

func (a *assets) add(name, suffix, kind, body string) string {
	sum := sha256.Sum256([]byte(body))
	file := name + "." + hex.EncodeToString(sum[:6]) + suffix
	if suffix == ".svg" {
		file = name + suffix
	}
	a.files[file] = asset{kind, body}
	return "/assets/" + file
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.kind)
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	_, _ = strings.NewReader(file.body).WriteTo(w) // the reader went away: nobody is left to tell
}
