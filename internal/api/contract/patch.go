package contract

// Patch asks for hosts to be updated, and rebooted where that is needed.
type Patch struct {
	Dir         string            `json:"dir"`
	Revision    string            `json:"revision,omitempty"` // default HEAD
	Variables   map[string]string `json:"variables,omitempty"`
	Environment string            `json:"environment"`
	Hosts       []string          `json:"hosts,omitempty"`  // only these
	Look        bool              `json:"look,omitempty"`   // only say what waits
	All         bool              `json:"all,omitempty"`    // all updates, not only those for security
	Batch       string            `json:"batch,omitempty"`  // hosts at the same time: a number, or a share such as "25%"; default 1
	Reboot      string            `json:"reboot,omitempty"` // "always", "never" or "needed", the default
	Within      int               `json:"within,omitempty"` // seconds in which a host has to come back; default 600
	Reason      string            `json:"reason,omitempty"` // kept in the ledger
	Agent       string            `json:"agent,omitempty"`  // path of the SSH agent's socket of who asks
}
