package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gemba"
)

const eventsShown = 100

type ledgerPage struct {
	frame
	Ledger LedgerState
	Filter filter
	Events []gemba.Event
	Older  template.URL // query of the next page; "" at the end
	Newer  bool         // this is not the first page
}

// filter selects events.
type filter struct {
	Subject, Kind string
	Run           int64
	Before        int64
}

// Any reports whether something is selected.
func (f filter) Any() bool { return f.Subject != "" || f.Kind != "" || f.Run != 0 }

func filterOf(r *http.Request) filter {
	q := r.URL.Query()
	return filter{Subject: strings.TrimSpace(q.Get("subject")), Kind: strings.TrimSpace(q.Get("kind")),
		Run: int64(count(r, "run", 0)), Before: int64(count(r, "before", 0))}
}

func (f filter) query() string {
	q := url.Values{}
	for name, value := range map[string]string{"subject": f.Subject, "kind": f.Kind} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range map[string]int64{"run": f.Run, "before": f.Before} {
		if value != 0 {
			q.Set(name, strconv.FormatInt(value, 10))
		}
	}
	return q.Encode()
}

func (h *dashboard) ledger(w http.ResponseWriter, r *http.Request) error {
	f := filterOf(r)
	state, err := h.src.Ledger(r.Context())
	if err != nil {
		return err
	}
	events, older, err := h.events(r.Context(), f)
	if err != nil {
		return err
	}
	p := ledgerPage{frame: h.frame("ledger", "Ledger"), Ledger: state, Filter: f, Events: events, Newer: f.Before > 0}
	if older > 0 {
		next := f
		next.Before = older
		p.Older = template.URL(next.query())
	}
	p.Live = f.Before == 0
	return h.render(w, http.StatusOK, "ledger", p)
}

// events reads one page of those that match. The source does not select by kind, so pages are read until enough
// match; older is where the next page begins, 0 at the end.
func (h *dashboard) events(ctx context.Context, f filter) (list []gemba.Event, older int64, err error) {
	before := f.Before
	for range 50 {
		batch, err := h.src.Events(ctx, 0, before, eventsShown+1, f.Run, f.Subject)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range batch {
			if !ofKind(e.Kind, f.Kind) {
				continue
			}
			if len(list) == eventsShown {
				return list, list[eventsShown-1].Seq, nil
			}
			list = append(list, e)
		}
		if len(batch) <= eventsShown {
			return list, 0, nil
		}
		before = batch[len(batch)-1].Seq
	}
	return list, before, nil
}

// ofKind matches a kind exactly, or by its beginning: "step" and "step." match "step.failed".
func ofKind(kind, wanted string) bool {
	wanted = strings.TrimSuffix(wanted, ".")
	return wanted == "" || kind == wanted || strings.HasPrefix(kind, wanted+".")
}

type eventPage struct {
	frame
	Event   gemba.Event
	Causes  []gemba.Event // what led to it, nearest first
	Effects []gemba.Event // what it led to
	Sealed  bool
	Last    bool
}

func (h *dashboard) event(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	seq, err := id(r, "seq")
	if err != nil {
		return err
	}
	event, err := h.one(ctx, seq)
	if err != nil {
		return err
	}
	state, err := h.src.Ledger(ctx)
	if err != nil {
		return err
	}
	p := eventPage{frame: h.frame("ledger", fmt.Sprintf("Event %d", seq)), Event: event, Sealed: seq <= state.Sealed, Last: seq >= state.Size}
	p.Live = false
	for cause := event.Cause; cause != 0 && len(p.Causes) < 10; {
		e, err := h.one(ctx, cause)
		if err != nil {
			return err
		}
		p.Causes = append(p.Causes, e)
		cause = e.Cause
	}
	after, err := h.src.Events(ctx, seq, seq+200, 200, 0, "")
	if err != nil {
		return err
	}
	for _, e := range after {
		if e.Cause == seq {
			p.Effects = append(p.Effects, e)
		}
	}
	return h.render(w, http.StatusOK, "event", p)
}

func (h *dashboard) one(ctx context.Context, seq int64) (gemba.Event, error) {
	events, err := h.src.Events(ctx, seq-1, seq+1, 1, 0, "")
	if err != nil {
		return gemba.Event{}, err
	}
	if len(events) == 0 {
		return gemba.Event{}, gemba.Fail(gemba.NotFound, fmt.Sprintf("There is no event %d in the ledger", seq), "Events are numbered from 1 without gaps.", "gemba ledger")
	}
	return events[0], nil
}
