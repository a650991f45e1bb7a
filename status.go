package gemba

import "time"

// Status is what runs where, now.
type Status struct {
	Server       Server              `json:"server"`
	Environments []EnvironmentStatus `json:"environments"`
	Hosts        []HostState         `json:"hosts,omitempty"` // what is known of every one
	Runs         []Run               `json:"runs,omitempty"`  // those under way and the last few, newest first
}

// Server is the one that answers.
type Server struct {
	Version   string    `json:"version"`
	PID       int       `json:"pid"`
	Since     time.Time `json:"since"`
	StateDir  string    `json:"state_dir"`
	Dashboard string    `json:"dashboard,omitempty"` // address, without the one-time token
	Isolation string    `json:"isolation"`           // "whole", or what the machine cannot do

	Executable Executable `json:"executable"`
}

// Executable tells builds of a program apart.
type Executable struct {
	Path     string    `json:"path"`
	Modified time.Time `json:"modified"`
	Size     int64     `json:"size"`
}

// Same reports whether a file with this time and size is the executable.
func (e Executable) Same(modified time.Time, size int64) bool {
	return e.Modified.Equal(modified) && e.Size == size
}

// EnvironmentStatus is one environment and what is deployed in it.
type EnvironmentStatus struct {
	Name        string       `json:"name"`
	CopyOf      string       `json:"copy_of,omitempty"`
	Deployments []Deployment `json:"deployments"`
}

// Deployment is a release in its place.
type Deployment struct {
	Environment string          `json:"environment"`
	Service     string          `json:"service"`
	Release     ReleaseID       `json:"release"`
	Artifact    Digest          `json:"artifact"`
	Commit      Commit          `json:"commit"`
	Run         int64           `json:"run,omitempty"` // that placed it
	Since       time.Time       `json:"since"`
	Address     string          `json:"address,omitempty"` // URL; empty without a web or static process
	Healthy     bool            `json:"healthy"`
	Reason      string          `json:"reason,omitempty"`  // why not
	Stopped     bool            `json:"stopped,omitempty"` // taken down on purpose
	Processes   []ProcessStatus `json:"processes"`
	Watch       *Watch          `json:"watch,omitempty"` // nil: not yet watched
}

// ProcessStatus is one process of a deployment.
type ProcessStatus struct {
	Name     string      `json:"name"`
	Kind     ProcessKind `json:"kind"`
	State    string      `json:"state"` // "running", "restarting", "scheduled", "serving", "stopped", "gone"
	PID      int         `json:"pid,omitempty"`
	Port     int         `json:"port,omitempty"`
	Since    time.Time   `json:"since,omitzero"`
	Restarts int         `json:"restarts"`
	Next     time.Time   `json:"next,omitzero"` // schedule
	LastExit string      `json:"last_exit,omitempty"`
}

// Watch is what the signals of a deployment say since its release.
type Watch struct {
	Since   time.Time `json:"since"`
	Probes  int       `json:"probes"`
	Uptime  float64   `json:"uptime"` // share of probes that were answered well, 0 to 1
	P50     Duration  `json:"p50"`    // of the answers to probes
	P99     Duration  `json:"p99"`
	Metrics bool      `json:"metrics"` // the process answers with its own metrics, and they are kept
	Spark   []Sample  `json:"spark,omitempty"`
}

// Sample is one point of a series.
type Sample struct {
	Time  time.Time `json:"time"`
	Value float64   `json:"value"` // seconds
	Good  bool      `json:"good"`
}
