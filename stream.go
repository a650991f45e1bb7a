package gemba

// Frame is one message of a live stream of a run. Exactly one of Run and Log
// is set; a Run frame carries the whole run as it is now, and the last frame
// of a stream is that of a run that is over, or that asks.
type Frame struct {
	Run  *Run     `json:"run,omitempty"`
	Step int      `json:"step"` // index of the step that printed Log
	Log  *LogLine `json:"log,omitempty"`
}
