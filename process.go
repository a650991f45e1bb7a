package gemba

// ProcessKind is how a process is run and reached.
type ProcessKind string

// The kinds of processes.
const (
	Web      ProcessKind = "web"      // listens on a port, behind the edge
	Worker   ProcessKind = "worker"   // runs on, without a port
	Schedule ProcessKind = "schedule" // runs at the times of a cron expression
	Static   ProcessKind = "static"   // files, served by the edge
)

// Replace is how a new release takes the place of the old one.
type Replace string

// The ways to replace.
const (
	BlueGreen Replace = "blue-green" // the new one starts beside the old, which stops after the switch
	StopFirst Replace = "stop-first" // the old one stops before the new one starts
)

// Process is how a service runs.
type Process struct {
	Name        string           `json:"name"`
	Kind        ProcessKind      `json:"kind"`
	Command     []Value          `json:"command,omitempty"` // an argv; never given to a shell
	Health      *Check           `json:"health,omitempty"`  // nil for kinds without one
	Cron        string           `json:"cron,omitempty"`    // five fields, UTC; schedule only
	Root        string           `json:"root,omitempty"`    // directory of files; static only
	Metrics     string           `json:"metrics,omitempty"` // path that answers in the Prometheus format; "/metrics" is tried when empty
	StopTimeout Duration         `json:"stop_timeout"`      // from SIGTERM to SIGKILL
	Replace     Replace          `json:"replace"`           //
	Env         map[string]Value `json:"env,omitempty"`
}

// CheckKind is how a check asks.
type CheckKind string

// The kinds of checks.
const (
	CheckHTTP    CheckKind = "http"
	CheckTCP     CheckKind = "tcp"
	CheckCommand CheckKind = "command"
)

// Check asks a process or an environment whether it works.
type Check struct {
	Kind     CheckKind `json:"kind"`
	Path     string    `json:"path,omitempty"`     // http
	Expect   int       `json:"expect,omitempty"`   // http: the status; 0 is any of 200 to 399
	Contains string    `json:"contains,omitempty"` // http: a text that the body has to contain
	Command  []string  `json:"command,omitempty"`  // command: an argv that exits 0
	Within   Duration  `json:"within"`             // how long a new release may take to answer well
	Timeout  Duration  `json:"timeout"`            // of one question
}
