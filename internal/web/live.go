package web

import (
	"fmt"
	"net/http"
	"time"
)

// live tells the open pages, by server-sent events, that something changed; each then
// asks for what it shows. The stream ends with the request or the source.
func (h *dashboard) live(w http.ResponseWriter, r *http.Request) {
	changes := h.src.Changes(r.Context())
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a server without deadlines says that it can't
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	if !send(w, out, "retry: 1000\nevent: hello\ndata: live\n\n") {
		return
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
			if !send(w, out, ": still here\n\n") {
				return
			}
		case _, more := <-changes:
			if !more || !send(w, out, "event: change\ndata: something\n\n") {
				return
			}
			if !pause(r, 200*time.Millisecond) { // changes meanwhile are told as one
				return
			}
		}
	}
}

func send(w http.ResponseWriter, out *http.ResponseController, text string) bool {
	if _, err := fmt.Fprint(w, text); err != nil {
		return false
	}
	return out.Flush() == nil
}

func pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-timer.C:
		return true
	}
}
