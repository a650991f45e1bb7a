package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"gemba/internal/deploy"
)

const (
	indexName    = "index.html"
	notFoundName = "404.html"
)

// serveFiles answers with a file of a release. Caddy's file server does the
// work; what it may see, and what clients may keep, is decided here.
func (s *releaseServer) serveFiles(w http.ResponseWriter, r *http.Request, target deploy.Target) error {
	root, err := os.OpenRoot(target.Root)
	if err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, fmt.Errorf("opening the files of the release: %w", err))
	}
	defer root.Close()
	if !visible(root, r.URL.Path) {
		return noSuchFile(w, root)
	}
	caddyhttp.SetVar(r.Context(), "root", target.Root)
	return s.handlers.files.ServeHTTP(perRelease(w, r, target), r, nothing)
}

// visible reports whether a path leads to a regular file of the release, or a
// directory with an index. os.Root refuses links that lead out of it.
func visible(root *os.Root, urlPath string) bool {
	name := strings.TrimPrefix(path.Clean("/"+urlPath), "/")
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != ".well-known" {
			return false
		}
	}
	if name == "" {
		name = "."
	}
	info, err := root.Stat(name)
	if err == nil && info.IsDir() {
		info, err = root.Stat(path.Join(name, indexName))
	}
	return err == nil && info.Mode().IsRegular()
}

// noSuchFile answers with the release's own page for that, where it has one.
func noSuchFile(w http.ResponseWriter, root *os.Root) error {
	page, err := root.ReadFile(notFoundName)
	if errors.Is(err, fs.ErrNotExist) {
		return caddyhttp.Error(http.StatusNotFound, nil)
	}
	if err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusNotFound)
	_, err = w.Write(page)
	return err
}

// perRelease makes what clients keep valid for one release only. Artifacts
// carry no times of their own, so the usual validators (time and size) would
// call two different files of two releases the same.
func perRelease(w http.ResponseWriter, r *http.Request, target deploy.Target) http.ResponseWriter {
	r.Header.Del("If-Modified-Since")
	r.Header.Del("If-Unmodified-Since")
	if !strings.HasPrefix(r.Header.Get("If-Range"), `"`) {
		r.Header.Del("If-Range")
	}
	w.Header().Set("Etag", `"`+string(target.Release)+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	return timeless{&caddyhttp.ResponseWriterWrapper{ResponseWriter: w}}
}

// timeless sends no Last-Modified.
type timeless struct {
	*caddyhttp.ResponseWriterWrapper
}

// WriteHeader implements http.ResponseWriter.
func (t timeless) WriteHeader(status int) {
	t.Header().Del("Last-Modified")
	t.ResponseWriterWrapper.WriteHeader(status)
}
