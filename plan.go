package gemba

import "time"

// HostPlan is the exact differences between what is declared of a host and what was observed there.
type HostPlan struct {
	Host      string    `json:"host"`
	Profile   string    `json:"profile"`
	Changes   []Change  `json:"changes,omitempty"` // in the order in which they would be made
	Unchanged int       `json:"unchanged"`         // resources that are as declared
	Observed  time.Time `json:"observed,omitzero"`
	Took      Duration  `json:"took,omitempty"`  // to look and compare, on the host
	Error     string    `json:"error,omitempty"` // why the host could not be observed; its state is then unknown
}

// Change is what has to be done to one resource.
type Change struct {
	Resource string `json:"resource"` // its address
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Place    Place  `json:"place"`
	Action   Action `json:"action"`
	Diffs    []Diff `json:"diffs,omitempty"`
	May      string `json:"may,omitempty"`     // why it is not certain that it changes; "" when it is
	Because  string `json:"because,omitempty"` // the address of what notifies it
	State    string `json:"state,omitempty"`   // digest of what was observed; "" where nothing was
	Stays    bool   `json:"stays,omitempty"`   // undo cannot take it back
}

// Action is what a change does.
type Action string

// The actions.
const (
	ActionCreate  Action = "create"
	ActionUpdate  Action = "update"
	ActionRemove  Action = "remove"
	ActionRun     Action = "run"     // a command
	ActionRestart Action = "restart" // told by a change of something else
	ActionReload  Action = "reload"
)

// Diff is one attribute that is not as declared.
type Diff struct {
	Attribute string   `json:"attribute"`
	From      string   `json:"from"`             // as observed; "" when there was nothing
	To        string   `json:"to"`               // as declared
	Lines     []string `json:"lines,omitempty"`  // of a text: a unified diff without its head; each begins with "+", "-", " " or "@"
	Hidden    bool     `json:"hidden,omitempty"` // From and To are not shown: it holds a secret
}

// FleetPlan is a plan of several hosts, made of one commit, as it is saved and applied.
type FleetPlan struct {
	ID        int64             `json:"id,omitempty"` // people say p-214
	Dir       string            `json:"dir"`          // the declaration's directory
	Commit    Commit            `json:"commit"`
	Variables map[string]string `json:"variables,omitempty"`
	Actor     string            `json:"actor"`
	Created   time.Time         `json:"created"`
	Targets   []Target          `json:"targets"`
	Hosts     []HostPlan        `json:"hosts,omitempty"`    // as far as they could be observed
	LeftOut   []string          `json:"left_out,omitempty"` // uncommitted paths
}

// Target is a host with the profile that it has in an environment.
type Target struct {
	Environment string `json:"environment"`
	Group       string `json:"group"`
	Host        Host   `json:"host"`
	Profile     string `json:"profile"`
}

// HostResult is how work on a host ended.
type HostResult struct {
	Changed   int       `json:"changed"`
	Unchanged int       `json:"unchanged"`
	Failed    int       `json:"failed"`
	Left      []string  `json:"left,omitempty"`    // addresses that were not reached, because of what failed before
	Differs   []string  `json:"differs,omitempty"` // addresses whose state is not the one that the plan is bound to
	Error     string    `json:"error,omitempty"`   // why nothing could be done at all
	Residue   []Residue `json:"residue,omitempty"` // of a root filesystem: what is left to the start of a host
	Seconds   float64   `json:"seconds"`           // in the worker
}

// Good reports whether everything is now as declared.
func (r HostResult) Good() bool {
	return r.Error == "" && r.Failed == 0 && len(r.Left) == 0 && len(r.Differs) == 0
}

// HostState is what is known of a host: when it was last looked at and changed, and what differed.
type HostState struct {
	Target   Target       `json:"target"`
	Observed time.Time    `json:"observed,omitzero"` // when it was last looked at and answered
	Applied  time.Time    `json:"applied,omitzero"`  // when it was last brought to what is declared
	Commit   string       `json:"commit,omitempty"`  // hash of what was applied last
	Changes  []Change     `json:"changes,omitempty"` // what differed when it was last looked at
	Since    time.Time    `json:"since,omitzero"`    // since when something differs
	Error    string       `json:"error,omitempty"`   // why it could not be looked at the last time
	Pending  *PendingWork `json:"pending,omitempty"` // what waited to be patched when that was looked at last
}

// Applied is how one change ended.
type Applied struct {
	Change Change    `json:"change"`
	Began  time.Time `json:"began"`
	Took   Duration  `json:"took"`
	Error  string    `json:"error,omitempty"`
	Log    []string  `json:"log,omitempty"`   // the last lines of what it printed, when it failed
	After  []Diff    `json:"after,omitempty"` // what still differs when it was observed again
}

// Good reports whether the resource is now as declared.
func (a Applied) Good() bool { return a.Error == "" && len(a.After) == 0 }
