package web

import "gemba"

// badge is a state as it is shown: a colour that only repeats what the shape
// and the word say.
type badge struct {
	Class string // "good", "busy", "warn", "bad" or "idle"
	Sign  string
	Word  string
}

func stateBadge(s gemba.State) badge {
	switch s {
	case gemba.Succeeded:
		return badge{"good", "●", "succeeded"}
	case gemba.Reused:
		return badge{"good", "●", "reused"}
	case gemba.Running:
		return badge{"busy", "●", "running"}
	case gemba.Waiting:
		return badge{"warn", "▲", "waits"}
	case gemba.Asking:
		return badge{"warn", "▲", "asks you"}
	case gemba.Broken:
		return badge{"bad", "■", "failed"}
	case gemba.Errored:
		return badge{"bad", "■", "could not be done"}
	case gemba.Cancelled:
		return badge{"idle", "–", "cancelled"}
	case gemba.Left:
		return badge{"idle", "–", "not reached"}
	}
	return badge{"idle", "○", "to do"}
}

// runBadge prefers the verdict, which says more than the state.
func runBadge(r gemba.Run) badge {
	switch r.Verdict {
	case gemba.Shipped:
		return badge{"good", "●", "shipped"}
	case gemba.Unchanged:
		return badge{"good", "●", "unchanged"}
	case gemba.BuildFailed:
		return badge{"bad", "■", "build failed"}
	case gemba.PutBack:
		return badge{"bad", "■", "put back"}
	case gemba.VerifyFailed:
		return badge{"bad", "■", "verify failed"}
	case gemba.RunErrored:
		return badge{"bad", "■", "could not be done"}
	case gemba.RunCancelled:
		return badge{"idle", "–", "cancelled"}
	}
	return stateBadge(r.State)
}

func healthBadge(d gemba.Deployment) badge {
	switch {
	case d.Stopped:
		return badge{"warn", "▲", "taken down"}
	case d.Healthy:
		return badge{"good", "●", "healthy"}
	}
	return badge{"bad", "■", "unhealthy"}
}

func processBadge(p gemba.ProcessStatus) badge {
	switch p.State {
	case "running", "serving", "scheduled":
		return badge{"good", "●", p.State}
	case "restarting", "stopped":
		return badge{"warn", "▲", p.State}
	}
	return badge{"bad", "■", p.State}
}

func outcomeBadge(o gemba.Outcome) badge {
	switch o {
	case gemba.Passed:
		return badge{"good", "●", "passed"}
	case gemba.Failed:
		return badge{"bad", "■", "failed"}
	}
	return badge{"idle", "–", "skipped"}
}
