package gemba

import "time"

// Upgrade is a newer version of a package that a host could have.
type Upgrade struct {
	Name     string `json:"name"`
	From     string `json:"from"`
	To       string `json:"to"`
	Security bool   `json:"security,omitempty"`
}

// PendingWork is what waits to be done to a host beside its declaration.
type PendingWork struct {
	Observed time.Time `json:"observed"`
	Upgrades []Upgrade `json:"upgrades,omitempty"` // by name
	Held     []string  `json:"held,omitempty"`     // they have newer versions, and are held: nothing changes them
	Reboot   string    `json:"reboot,omitempty"`   // why the host needs one; "" when it does not
}

// Chosen are the upgrades that are meant: those for security, or all.
func (p PendingWork) Chosen(all bool) []Upgrade {
	var chosen []Upgrade
	for _, u := range p.Upgrades {
		if all || u.Security {
			chosen = append(chosen, u)
		}
	}
	return chosen
}

// Patched is how patching went on a host.
type Patched struct {
	Upgraded []Upgrade    `json:"upgraded,omitempty"`
	Rebooted string       `json:"rebooted,omitempty"` // why it was rebooted; "" when it was not
	Away     Duration     `json:"away,omitempty"`     // from the order to reboot until it answered again
	Gone     []string     `json:"gone,omitempty"`     // units that ran before and do not run any more
	Failed   []string     `json:"failed,omitempty"`   // units that have failed since
	Pending  *PendingWork `json:"pending,omitempty"`  // what still waits
	Error    string       `json:"error,omitempty"`
	Log      []string     `json:"log,omitempty"` // the last of what was printed, when it failed
}

// Good reports whether the host was patched and is well.
func (p Patched) Good() bool { return p.Error == "" && len(p.Gone) == 0 && len(p.Failed) == 0 }
