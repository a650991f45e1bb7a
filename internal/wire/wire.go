// Package wire is what the control side and the worker say to each other:
// plain values in JSON. docs/formats/supervisor.md describes it for readers.
package wire

import (
	"time"

	"gemba"
)

// Version is raised when an older worker could misread what a newer control
// side says.
const Version = 1

// Spec is what a supervisor is to run. The control side hands it over on
// standard input, so that no secret is in an argument or on a disk.
type Spec struct {
	Version   int            `json:"version"`
	ID        string         `json:"id"`                // unique in the state directory; letters, digits, '.', '-', '_'
	Dir       string         `json:"dir"`               // where the supervisor keeps log, status and exit record
	Socket    string         `json:"socket"`            // where it answers
	Argv      []string       `json:"argv,omitempty"`    // the program; or
	Script    string         `json:"script,omitempty"`  // a script for `sh -e`
	WorkDir   string         `json:"work_dir"`          //
	Env       []string       `json:"env"`               // whole: nothing is inherited
	Secrets   []string       `json:"secrets,omitempty"` // values that the log does not keep, wherever they are printed
	Sandbox   *Sandbox       `json:"sandbox,omitempty"` // nil: no namespaces of its own
	Beside    []Beside       `json:"beside,omitempty"`  // started first, in the same sandbox
	Cron      string         `json:"cron,omitempty"`    // five fields, UTC: the program runs at these times, never twice at once
	Restart   *Restart       `json:"restart,omitempty"` // nil: it runs once and its exit is recorded
	Timeout   gemba.Duration `json:"timeout,omitempty"` // 0: none
	StopGrace gemba.Duration `json:"stop_grace"`        // from SIGTERM to SIGKILL
	Log       LogPolicy      `json:"log"`
}

// Sandbox is the world that a build sees: the machine's programs read-only,
// a private /tmp and /proc, and the directories named here. What is not named
// is not there.
type Sandbox struct {
	UID, GID int      // of the program; 0: the supervisor's own (with a user namespace where it is not root)
	Network  bool     // the machine's network; else none but loopback
	Write    []Mount  // directories that it may write to
	Read     []Mount  // files and directories that it may read
	Hide     []string // directories of the machine that must not be seen even where a parent is mounted
	Weak     bool     // do without namespaces, as where the machine has none
}

// Mount shows a path of the machine at a path of the sandbox.
type Mount struct {
	Source string
	Target string
}

// Beside is a program that runs while the main one does.
type Beside struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	Env  []string `json:"env"`
	Port int      `json:"port,omitempty"` // waited for on 127.0.0.1; 0: not waited for
}

// Restart says how a program that ended is started again.
type Restart struct {
	Min, Max gemba.Duration // back-off: doubles from Min to Max, starts again after Reset of good running
	Reset    gemba.Duration
}

// LogPolicy bounds a log.
type LogPolicy struct {
	Limit  int64 // bytes, for one that ends; what is beyond is counted, dropped and said; 0: none
	Rotate int64 // bytes of one file, for one that runs on; 0: no rotation
	Keep   int   // rotated files kept
}

// Identity names a process so that it can't be mistaken for a later one with the same number.
type Identity struct {
	Boot  string `json:"boot"`  // /proc/sys/kernel/random/boot_id
	PID   int    `json:"pid"`   //
	Start uint64 `json:"start"` // clock ticks since boot, field 22 of /proc/PID/stat
}

// Status is what a supervisor answers.
type Status struct {
	Version    int       `json:"version"`
	ID         string    `json:"id"`
	Supervisor Identity  `json:"supervisor"`
	Child      *Identity `json:"child,omitempty"` // nil while none runs
	State      string    `json:"state"`           // "starting", "running", "backoff", "scheduled", "stopping", "ended"
	Since      time.Time `json:"since"`           // of the child's start
	Restarts   int       `json:"restarts"`
	Next       time.Time `json:"next,omitzero"`  // when a program with a cron expression runs next
	Last       *Exit     `json:"last,omitempty"` // of the latest child that ended
	Isolated   bool      `json:"isolated"`
	Weakness   string    `json:"weakness,omitempty"` // why it is not isolated
}

// Exit is the durable record of an end.
type Exit struct {
	Code     int       `json:"code"` // -1 when a signal ended it or it could not be started
	Signal   string    `json:"signal,omitempty"`
	Reason   string    `json:"reason"`          // "exited", "signalled", "timeout", "stopped", "not-started", "lost"
	Error    string    `json:"error,omitempty"` // why it could not be started
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	LogBytes int64     `json:"log_bytes"`
	Dropped  int64     `json:"dropped,omitempty"`   // bytes of log beyond the limit
	LogError string    `json:"log_error,omitempty"` // why the log could not be written: "no space left on device"
	Isolated bool      `json:"isolated"`
	Weakness string    `json:"weakness,omitempty"`
}

// OK reports whether the program ended by itself with code 0.
func (e Exit) OK() bool { return e.Reason == "exited" && e.Code == 0 }
