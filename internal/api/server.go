// Package api is the server's HTTP interface: a thin face of the app over a
// unix socket that only its owner may open. docs/reference/openapi.json describes it.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"reflect"
	"strconv"
	"syscall"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/app"
	"gemba/internal/ledger"
)

// Controls are the acts on the server itself, which its main carries out after the answer.
type Controls interface {
	Stop()
	Reexec(path string)
	Link() (contract.Link, error)
}

// New returns the handler of the interface.
func New(a *app.App, controls Controls, log *slog.Logger) http.Handler {
	s := &server{app: a, controls: controls, log: log}
	mux := http.NewServeMux()
	handlers := s.handlers()
	for _, e := range contract.Endpoints() {
		mux.HandleFunc(e.Method+" "+e.Path, s.answering(handlers[e.Name]))
	}
	return mux
}

type server struct {
	app      *app.App
	controls Controls
	log      *slog.Logger
}

// handler answers a request with a value, or with an error that is translated once, here.
type handler func(r *http.Request, w *reply) (any, error)

func (s *server) handlers() map[string]handler {
	return map[string]handler{
		contract.GetServer: func(*http.Request, *reply) (any, error) { return s.app.Server(), nil },
		contract.GetStatus: func(r *http.Request, _ *reply) (any, error) { return s.status(r) },
		contract.PostRun:   s.ship,
		contract.ListRuns:  s.runs,
		contract.GetRun:    withID(func(r *http.Request, id int64) (any, error) { return s.app.Run(r.Context(), id) }),
		contract.StreamRun: s.stream,
		contract.CancelRun: withID(func(r *http.Request, id int64) (any, error) {
			return contract.Empty{}, s.app.Cancel(r.Context(), actor(r), id)
		}),
		contract.AnswerRun:    withID(s.answer),
		contract.GetTests:     withID(func(r *http.Request, id int64) (any, error) { return s.app.TestResults(r.Context(), id) }),
		contract.GetLogs:      s.logs,
		contract.ListReleases: s.releases,
		contract.PostRollback: s.rollback,
		contract.PostAccept:   s.accept,
		contract.PostConverge: s.converge,
		contract.PostUndo:     s.undo,
		contract.PostPatch:    s.patch,
		contract.PostBake:     s.bake,
		contract.PostHost:     s.addHost,
		contract.ListHosts:    func(r *http.Request, _ *reply) (any, error) { return s.app.Hosts(r.Context()) },
		contract.ListEvents:   s.events,
		contract.VerifyLedger: func(r *http.Request, _ *reply) (any, error) { return s.app.VerifyLedger(r.Context()) },
		contract.PostLink:     func(*http.Request, *reply) (any, error) { return s.controls.Link() },
		contract.PostDown:     func(r *http.Request, _ *reply) (any, error) { return s.app.Down(r.Context(), actor(r)) },
		contract.PostReexec:   s.reexec,
		contract.PostStop: func(*http.Request, *reply) (any, error) {
			s.controls.Stop()
			return contract.Empty{}, nil
		},
	}
}

func (s *server) status(r *http.Request) (any, error) { return s.app.Status(r.Context()) }

func (s *server) ship(r *http.Request, _ *reply) (any, error) {
	ask, err := read[contract.Ship](r)
	if err != nil {
		return nil, err
	}
	return s.app.Ship(r.Context(), actor(r), ask)
}

func (s *server) rollback(r *http.Request, _ *reply) (any, error) {
	ask, err := read[contract.Rollback](r)
	if err != nil {
		return nil, err
	}
	return s.app.Rollback(r.Context(), actor(r), ask)
}

func (s *server) accept(r *http.Request, _ *reply) (any, error) {
	ask, err := read[contract.Accept](r)
	if err != nil {
		return nil, err
	}
	return s.app.Accept(r.Context(), actor(r), ask)
}

func (s *server) answer(r *http.Request, id int64) (any, error) {
	ask, err := read[contract.Answer](r)
	if err != nil {
		return nil, err
	}
	return contract.Empty{}, s.app.Answer(r.Context(), actor(r), id, ask.Outcome)
}

func (s *server) reexec(r *http.Request, _ *reply) (any, error) {
	ask, err := read[contract.Reexec](r)
	if err != nil {
		return nil, err
	}
	s.controls.Reexec(ask.Path)
	return contract.Empty{}, nil
}

func (s *server) runs(r *http.Request, _ *reply) (any, error) {
	limit, err := integer(r, "limit", 20)
	if err != nil {
		return nil, err
	}
	return s.app.Runs(r.Context(), r.FormValue("service"), int(limit))
}

func (s *server) releases(r *http.Request, _ *reply) (any, error) {
	limit, err := integer(r, "limit", 20)
	if err != nil {
		return nil, err
	}
	return s.app.Releases(r.Context(), r.FormValue("environment"), r.FormValue("service"), int(limit))
}

func (s *server) events(r *http.Request, _ *reply) (any, error) {
	q := ledger.Query{Subject: r.FormValue("subject"), Kind: r.FormValue("kind"), Newest: r.FormValue("newest") == "true"}
	var err, problems error
	q.After, err = integer(r, "after", 0)
	problems = errors.Join(problems, err)
	q.Before, err = integer(r, "before", 0)
	problems = errors.Join(problems, err)
	q.Run, err = integer(r, "run", 0)
	problems = errors.Join(problems, err)
	limit, err := integer(r, "limit", 100)
	if problems = errors.Join(problems, err); problems != nil {
		return nil, problems
	}
	q.Limit = int(limit)
	return s.app.Events(r.Context(), q)
}

func (s *server) stream(r *http.Request, w *reply) (any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, gemba.Fail(gemba.Invalid, "a run is a number", r.PathValue("id"), "")
	}
	return nil, s.app.Stream(r.Context(), id, func(f gemba.Frame) error { return w.line(f) })
}

func (s *server) converge(r *http.Request, w *reply) (any, error) {
	ask, err := read[contract.Converge](r)
	if err != nil {
		return nil, err
	}
	return nil, s.app.Converge(r.Context(), actor(r), ask, func(f gemba.HostFrame) error { return w.line(f) })
}

func (s *server) addHost(r *http.Request, _ *reply) (any, error) {
	ask, err := read[contract.AddHost](r)
	if err != nil {
		return nil, err
	}
	return s.app.AddHost(r.Context(), actor(r), ask)
}

func (s *server) logs(r *http.Request, w *reply) (any, error) {
	run, err := integer(r, "run", 0)
	if err != nil {
		return nil, err
	}
	lines, err := integer(r, "lines", 200)
	if err != nil {
		return nil, err
	}
	return nil, s.app.Logs(r.Context(), app.LogQuery{
		Service: r.FormValue("service"), Environment: r.FormValue("environment"), Process: r.FormValue("process"),
		Run: run, Step: r.FormValue("step"), Lines: int(lines), Follow: r.FormValue("follow") == "true",
	}, func(line gemba.LogLine) error { return w.line(line) })
}

// reply writes a stream of JSON lines; each is on its way when line returns.
type reply struct {
	w       http.ResponseWriter
	started bool
}

func (r *reply) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a line of a stream: %w", err)
	}
	if !r.started {
		r.started = true
		r.w.Header().Set("Content-Type", "application/x-ndjson")
	}
	if _, err := r.w.Write(append(text, '\n')); err != nil {
		return err
	}
	return http.NewResponseController(r.w).Flush()
}

func (s *server) answering(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		stream := &reply{w: w}
		value, err := h(r, stream)
		switch {
		case err != nil && stream.started:
			if r.Context().Err() == nil {
				s.log.Error("a stream broke off", "path", r.URL.Path, "error", err)
			}
			panic(http.ErrAbortHandler) // the reader must not take it for the end
		case err != nil:
			s.refuse(w, r, err)
		case value != nil:
			w.Header().Set("Content-Type", "application/json")
			if err := json.NewEncoder(w).Encode(filled(value)); err != nil {
				s.log.Warn("an answer could not be written", "path", r.URL.Path, "error", err)
			}
		}
	}
}

// filled makes an empty list of one that is nil: who reads an answer gets [], never null.
func filled(value any) any {
	if v := reflect.ValueOf(value); v.Kind() == reflect.Slice && v.IsNil() {
		return reflect.MakeSlice(v.Type(), 0, 0).Interface()
	}
	return value
}

// statuses translate codes for HTTP.
var statuses = map[gemba.Code]int{
	gemba.Invalid: http.StatusUnprocessableEntity, gemba.NotFound: http.StatusNotFound, gemba.Conflict: http.StatusConflict,
	gemba.Forbidden: http.StatusForbidden, gemba.Unavailable: http.StatusServiceUnavailable, gemba.Newer: http.StatusConflict,
	gemba.Internal: http.StatusInternalServerError,
}

func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var failure *gemba.Error
	if !errors.As(err, &failure) {
		failure = &gemba.Error{Code: gemba.Internal, What: err.Error()}
		if r.Context().Err() == nil {
			s.log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
	}
	answerRefusal(w, failure)
}

func answerRefusal(w http.ResponseWriter, failure *gemba.Error) {
	status, known := statuses[failure.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(failure) // who asked may have gone
}

func withID(f func(*http.Request, int64) (any, error)) handler {
	return func(r *http.Request, _ *reply) (any, error) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			return nil, gemba.Fail(gemba.Invalid, "a run is a number", r.PathValue("id"), "")
		}
		return f(r, id)
	}
}

// requestLimit bounds what a request may send.
const requestLimit = 1 << 20

func read[T any](r *http.Request) (T, error) {
	var v T
	dec := json.NewDecoder(io.LimitReader(r.Body, requestLimit))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, gemba.Fail(gemba.Invalid, "the request cannot be read", err.Error(), "see docs/reference/openapi.json")
	}
	return v, nil
}

func integer(r *http.Request, name string, otherwise int64) (int64, error) {
	text := r.FormValue(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, gemba.Fail(gemba.Invalid, name+" has to be a whole number", text, "")
	}
	return n, nil
}

type actorKey struct{}

// WithPeer remembers who is at the other end of a unix connection; for http.Server.ConnContext.
func WithPeer(ctx context.Context, conn net.Conn) context.Context {
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return ctx
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return ctx
	}
	var peer *syscall.Ucred
	if err := raw.Control(func(fd uintptr) { peer, _ = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED) }); err != nil || peer == nil {
		return ctx
	}
	return context.WithValue(ctx, actorKey{}, int(peer.Uid))
}

// OnlyOwner refuses everybody but the server's own user, whatever the permissions of the socket say.
func OnlyOwner(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if uid, ok := r.Context().Value(actorKey{}).(int); !ok || uid != os.Getuid() && uid != 0 {
			answerRefusal(w, gemba.Fail(gemba.Forbidden, "this server is another user's", "only who started it may ask it", "use a state directory of your own: --state DIR"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// actor is who asked, as the kernel says.
func actor(r *http.Request) string {
	uid, ok := r.Context().Value(actorKey{}).(int)
	if !ok {
		return "unknown"
	}
	name := "?"
	if account, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		name = account.Username
	}
	return fmt.Sprintf("uid:%d(%s)", uid, name)
}
