package contract

import (
	"net/http"

	"gemba"
)

// Endpoint is one operation of the interface. Request and Response are zero values of what is sent, for the
// reference; a nil Request is none. Stream says that the answer is one JSON value a line, as long as there is news.
type Endpoint struct {
	Name     string // the operation's identity
	Method   string
	Path     string // with {parameters}
	Query    []Parameter
	Summary  string
	Request  any
	Response any
	Stream   bool
}

// Parameter is one of an endpoint's query.
type Parameter struct {
	Name string
	Type string // "string", "integer" or "boolean"
	Help string
}

// The endpoints' names.
const (
	GetServer    = "getServer"
	GetStatus    = "getStatus"
	PostRun      = "postRun"
	ListRuns     = "listRuns"
	GetRun       = "getRun"
	StreamRun    = "streamRun"
	CancelRun    = "cancelRun"
	AnswerRun    = "answerRun"
	GetTests     = "getTests"
	GetLogs      = "getLogs"
	ListReleases = "listReleases"
	PostRollback = "postRollback"
	PostAccept   = "postAccept"
	PostConverge = "postConverge"
	PostUndo     = "postUndo"
	PostPatch    = "postPatch"
	PostBake     = "postBake"
	ListHosts    = "listHosts"
	PostHost     = "postHost"
	ListEvents   = "listEvents"
	VerifyLedger = "verifyLedger"
	PostLink     = "postLink"
	PostDown     = "postDown"
	PostReexec   = "postReexec"
	PostStop     = "postStop"
)

// Endpoints is the whole interface, in the order of the reference.
func Endpoints() []Endpoint {
	return []Endpoint{
		{Name: GetServer, Method: http.MethodGet, Path: "/v1/server", Summary: "The server that answers", Response: gemba.Server{}},
		{Name: GetStatus, Method: http.MethodGet, Path: "/v1/status", Summary: "What runs where, now", Response: gemba.Status{}},
		{Name: PostRun, Method: http.MethodPost, Path: "/v1/runs", Summary: "Ship a commit", Request: Ship{}, Response: gemba.Run{}},
		{Name: ListRuns, Method: http.MethodGet, Path: "/v1/runs", Summary: "Runs, newest first", Response: []gemba.Run{}, Query: []Parameter{
			{"service", "string", "of this service only"}, {"limit", "integer", "at most so many; default 20"}}},
		{Name: GetRun, Method: http.MethodGet, Path: "/v1/runs/{id}", Summary: "One run with its steps", Response: gemba.Run{}},
		{Name: StreamRun, Method: http.MethodGet, Path: "/v1/runs/{id}/stream", Summary: "A run as it goes: the run after every change, and each line that its steps print", Response: gemba.Frame{}, Stream: true},
		{Name: CancelRun, Method: http.MethodPost, Path: "/v1/runs/{id}/cancel", Summary: "End a run; what is under way is stopped or undone first", Response: Empty{}},
		{Name: AnswerRun, Method: http.MethodPost, Path: "/v1/runs/{id}/answer", Summary: "Say how an interrupted step ended that must run once", Request: Answer{}, Response: Empty{}},
		{Name: GetTests, Method: http.MethodGet, Path: "/v1/runs/{id}/tests", Summary: "The single test results of a run", Response: []gemba.TestResult{}},
		{Name: GetLogs, Method: http.MethodGet, Path: "/v1/logs", Summary: "What builds, steps and processes print", Response: gemba.LogLine{}, Stream: true, Query: []Parameter{
			{"service", "string", "of this service"}, {"environment", "string", "its processes there"}, {"process", "string", "only this one"},
			{"run", "integer", "the steps of a run instead of processes"}, {"step", "string", "only this step"},
			{"lines", "integer", "the last so many; default 200, -1 is all"}, {"follow", "boolean", "go on as more is printed"}}},
		{Name: ListReleases, Method: http.MethodGet, Path: "/v1/releases", Summary: "Releases that were placed in an environment, latest first", Response: []gemba.Deployment{}, Query: []Parameter{
			{"environment", "string", "where"}, {"service", "string", "of this service"}, {"limit", "integer", "at most so many; default 20"}}},
		{Name: PostRollback, Method: http.MethodPost, Path: "/v1/rollbacks", Summary: "Bring an earlier release back", Request: Rollback{}, Response: gemba.Run{}},
		{Name: PostAccept, Method: http.MethodPost, Path: "/v1/declaration", Summary: "Accept the environments, pipelines and secrets of a commit", Request: Accept{}, Response: Accepted{}},
		{Name: PostConverge, Method: http.MethodPost, Path: "/v1/converge", Summary: "Look at hosts, and bring them to what a commit declares of them: what happens as it happens", Request: Converge{}, Response: gemba.HostFrame{}, Stream: true},
		{Name: PostUndo, Method: http.MethodPost, Path: "/v1/undo", Summary: "Put back the files that an applied plan replaced or removed: what happens as it happens", Request: Undo{}, Response: gemba.HostFrame{}, Stream: true},
		{Name: PostPatch, Method: http.MethodPost, Path: "/v1/patch", Summary: "Update hosts, and reboot them where that is needed, batch after batch: what happens as it happens", Request: Patch{}, Response: gemba.HostFrame{}, Stream: true},
		{Name: PostBake, Method: http.MethodPost, Path: "/v1/images", Summary: "Bake a profile into a root filesystem: what happens as it happens", Request: Bake{}, Response: gemba.BakeFrame{}, Stream: true},
		{Name: PostHost, Method: http.MethodPost, Path: "/v1/hosts", Summary: "Make a host known: pin its key, find out what it is", Request: AddHost{}, Response: AddedHost{}},
		{Name: ListHosts, Method: http.MethodGet, Path: "/v1/hosts", Summary: "What is known of every host", Response: []gemba.HostState{}},
		{Name: ListEvents, Method: http.MethodGet, Path: "/v1/events", Summary: "Events of the ledger, in order", Response: []gemba.Event{}, Query: []Parameter{
			{"after", "integer", "with a greater number"}, {"before", "integer", "with a smaller number"}, {"run", "integer", "of this run"},
			{"kind", "string", "of this kind; a trailing dot is a prefix"}, {"subject", "string", "on this subject; a trailing slash is a prefix"},
			{"limit", "integer", "at most so many; default 100"}, {"newest", "boolean", "the last ones instead of the first"}}},
		{Name: VerifyLedger, Method: http.MethodPost, Path: "/v1/ledger/verify", Summary: "Prove that no event was changed, removed, cut off or made anew", Response: LedgerReport{}},
		{Name: PostLink, Method: http.MethodPost, Path: "/v1/dashboard/link", Summary: "A link into the dashboard that works once", Response: Link{}},
		{Name: PostDown, Method: http.MethodPost, Path: "/v1/down", Summary: "Stop what runs here; state stays", Response: Stopped{}},
		{Name: PostReexec, Method: http.MethodPost, Path: "/v1/server/reexec", Summary: "Become another executable of the server; what runs goes on", Request: Reexec{}, Response: Empty{}},
		{Name: PostStop, Method: http.MethodPost, Path: "/v1/server/stop", Summary: "End the server; services run on", Response: Empty{}},
	}
}
