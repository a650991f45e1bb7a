package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"strings"
)

// doorStyle is on the page itself: who is not let in gets no other file.
//
//go:embed assets/door.css
var doorStyle string

// refuse answers who is not let in, in a calm page that says the way in.
func refuse(w http.ResponseWriter, status int, title, why string) {
	sum := sha256.Sum256([]byte(doorStyle))
	policy := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "style-src 'self'", policy, 1))
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	title, why = html.EscapeString(title), html.EscapeString(why)
	_, _ = fmt.Fprintf(w, `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s · Gemba</title><link rel="icon" href="data:,"><style>%s</style>
<main><p class="brand">Gemba</p><h1>%s</h1><p>%s</p><pre><code>gemba dashboard</code></pre></main></html>
`, title, doorStyle, title, why) // the reader went away: nobody is left to tell
}
