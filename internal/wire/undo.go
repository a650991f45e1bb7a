package wire

import "gemba"

// Undo asks a worker to put back what an apply changed. Its answer is News: who is waited for, and at last Undone.
type Undo struct {
	Run    string `json:"run"`    // the apply's
	Holder string `json:"holder"` // for whom others wait
}

// Confirm asks a worker to tell the guard of an apply that the host was reached anew. Its answer is one Confirmed.
type Confirm struct {
	Run string `json:"run"`
}

// Confirmed is what became of a guard.
type Confirmed struct {
	Confirmed bool          `json:"confirmed"`        // the changes stay
	Undone    *gemba.Undone `json:"undone,omitempty"` // the guard has put them back
}

// Guard tells that a guard watches over an apply from now on.
type Guard struct {
	Run     string   `json:"run"`
	Seconds int      `json:"seconds"` // it waits after the end of the apply
	Because []string `json:"because"` // addresses of what may cut the link
}
