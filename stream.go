package gemba

// Frame is one message of a live stream of a run. Exactly one of Run and Log
// is set; a Run frame carries the whole run as it is now, and the last frame
// of a stream is that of a run that is over, or that asks.
type Frame struct {
	Run  *Run     `json:"run,omitempty"`
	Step int      `json:"step"` // index of the step that printed Log
	Log  *LogLine `json:"log,omitempty"`
}

// HostFrame is one message of a live stream of work on hosts. Beside Host, at most one field is set; the last frame carries the
// whole plan, with its number when it was saved.
type HostFrame struct {
	Host    string       `json:"host,omitempty"`
	Waits   string       `json:"waits,omitempty"` // the host is in the hands of this holder
	Plan    *HostPlan    `json:"plan,omitempty"`
	Began   string       `json:"began,omitempty"` // address of a resource
	Applied *Applied     `json:"applied,omitempty"`
	Result  *HostResult  `json:"result,omitempty"`
	Undone  *Undone      `json:"undone,omitempty"`
	Pending *PendingWork `json:"pending,omitempty"`
	Doing   string       `json:"doing,omitempty"` // an act of patching: "updating 3 packages"
	Patched *Patched     `json:"patched,omitempty"`
	Fleet   *FleetPlan   `json:"fleet,omitempty"` // the first frame, without plans of hosts; and the last
}
