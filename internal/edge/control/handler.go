package control

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"gemba"
	"gemba/internal/deploy"
)

// bodyLimit is more than any route or target needs, in bytes.
const bodyLimit = 64 << 10

// Edge is what the protocol speaks for.
type Edge interface {
	deploy.Router
	Status() Status
}

// Handler answers the protocol. Who may speak to it is the listener's matter.
func Handler(edge Edge) http.Handler {
	s := server{edge}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/status", s.status)
	mux.HandleFunc("PUT "+prefix+"/routes/{route}", s.route)
	mux.HandleFunc("DELETE "+prefix+"/routes/{route}", s.unroute)
	mux.HandleFunc("GET "+prefix+"/routes/{route}/target", s.target)
	mux.HandleFunc("PUT "+prefix+"/routes/{route}/target", s.switchTo)
	mux.HandleFunc("GET "+prefix+"/routes/{route}/in-flight/{release}", s.inFlight)
	mux.HandleFunc("GET "+prefix+"/routes/{route}/traffic", s.traffic)
	mux.HandleFunc("/", s.unknown)
	return mux
}

type server struct{ edge Edge }

func (s server) status(w http.ResponseWriter, _ *http.Request) { reply(w, s.edge.Status(), nil) }

func (s server) route(w http.ResponseWriter, r *http.Request) {
	route, err := decode[deploy.Route](w, r)
	if err == nil && route.Name != r.PathValue("route") {
		err = gemba.Fail(gemba.Invalid, "the request names two routes",
			"its path says "+r.PathValue("route")+", its body "+route.Name, "")
	}
	if err == nil {
		err = s.edge.Route(r.Context(), route)
	}
	reply(w, struct{}{}, err)
}

func (s server) unroute(w http.ResponseWriter, r *http.Request) {
	reply(w, struct{}{}, s.edge.Unroute(r.Context(), r.PathValue("route")))
}

func (s server) target(w http.ResponseWriter, r *http.Request) {
	target, err := s.edge.Target(r.Context(), r.PathValue("route"))
	reply(w, target, err)
}

func (s server) switchTo(w http.ResponseWriter, r *http.Request) {
	target, err := decode[deploy.Target](w, r)
	if err == nil {
		err = s.edge.Switch(r.Context(), r.PathValue("route"), target)
	}
	reply(w, struct{}{}, err)
}

func (s server) inFlight(w http.ResponseWriter, r *http.Request) {
	n, err := s.edge.InFlight(r.Context(), r.PathValue("route"), gemba.ReleaseID(r.PathValue("release")))
	reply(w, Count{Requests: n}, err)
}

func (s server) traffic(w http.ResponseWriter, r *http.Request) {
	traffic, err := s.edge.Traffic(r.Context(), r.PathValue("route"))
	reply(w, traffic, err)
}

func (s server) unknown(w http.ResponseWriter, r *http.Request) {
	reply(w, nil, gemba.Fail(gemba.NotFound, "the edge does not know "+r.Method+" "+r.URL.Path,
		"Gemba and its edge may be of different versions", "gemba down, then gemba up"))
}

// decode reads a body that holds exactly one T.
func decode[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit))
	d.DisallowUnknownFields()
	err := d.Decode(&v)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows the JSON value")
		}
	}
	if err != nil {
		return v, gemba.Fail(gemba.Invalid, "the request to the edge is malformed", err.Error(), "")
	}
	return v, nil
}

// reply writes a value, or an error as a gemba.Error.
func reply(w http.ResponseWriter, v any, err error) {
	status := http.StatusOK
	if err != nil {
		v, status = asError(err), statusOf(gemba.CodeOf(err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that went away is nobody's mistake.
	_ = json.NewEncoder(w).Encode(v)
}

func asError(err error) *gemba.Error {
	var e *gemba.Error
	if !errors.As(err, &e) {
		return gemba.Fail(gemba.Internal, "the edge could not do it", err.Error(), "")
	}
	// What only Err says would be lost in JSON.
	if e.Why == "" && e.Err != nil {
		return gemba.Fail(e.Code, e.What, e.Err.Error(), e.Try)
	}
	return e
}
