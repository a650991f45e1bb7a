package wire

import "gemba"

// Patch asks a worker for one act of patching a host. Its answer is lines of PatchNews; the last has Done.
type Patch struct {
	Act      string          `json:"act"`    // one of the acts
	Holder   string          `json:"holder"` // for whom others wait
	Upgrades []gemba.Upgrade `json:"upgrades,omitempty"`
}

// The acts of patching.
const (
	PatchLook    = "look"    // update the lists, and say what waits
	PatchUpgrade = "upgrade" // in one transaction
	PatchHealth  = "health"  // say what runs
	PatchReboot  = "reboot"
)

// PatchNews is one line of an answer.
type PatchNews struct {
	Waits   string             `json:"waits,omitempty"` // the host is in the hands of this holder
	Pending *gemba.PendingWork `json:"pending,omitempty"`
	Health  *Health            `json:"health,omitempty"`
	Error   string             `json:"error,omitempty"`
	Log     []string           `json:"log,omitempty"`
	Done    bool               `json:"done,omitempty"`
}

// Health is what runs on a host.
type Health struct {
	Boot     string   `json:"boot"`               // another one after each start
	Running  []string `json:"running,omitempty"`  // services that run until they are stopped
	Failed   []string `json:"failed,omitempty"`   // units
	Starting bool     `json:"starting,omitempty"` // the host has not ended to start
}
