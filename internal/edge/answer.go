package edge

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// answer watches how a request is answered.
type answer struct {
	*caddyhttp.ResponseWriterWrapper
	status   int  // 0: nothing was sent; 101 for upgraded connections
	lost     bool // the client took no more of it
	returned bool // the handler came to its end
}

func watch(w http.ResponseWriter) *answer {
	return &answer{ResponseWriterWrapper: &caddyhttp.ResponseWriterWrapper{ResponseWriter: w}}
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		a.status = status
	}
	a.ResponseWriterWrapper.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriterWrapper.Write(p)
	a.lost = a.lost || err != nil
	return n, err
}

// failed judges the answer: a status of 500 and above, or one that was cut
// short, is the release's failure; a client that went away is not.
func (a *answer) failed(r *http.Request) bool {
	if a.status >= 500 {
		return true
	}
	gone := a.lost || r.Context().Err() != nil
	return !gone && (!a.returned || a.status == 0)
}
