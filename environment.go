package gemba

// Environment is a place where services run: production, or a copy of
// another environment.
type Environment struct {
	Name    string   `json:"name"`
	CopyOf  string   `json:"copy_of,omitempty"`
	Groups  []Group  `json:"groups,omitempty"`
	Deploys []Deploy `json:"deploys,omitempty"`
}

// Group returns the group of that name.
func (e *Environment) Group(name string) (Group, bool) {
	for _, g := range e.Groups {
		if g.Name == name {
			return g, true
		}
	}
	return Group{}, false
}

// Deploy returns how a service is deployed here.
func (e *Environment) Deploy(service string) (Deploy, bool) {
	for _, d := range e.Deploys {
		if d.Service == service {
			return d, true
		}
	}
	return Deploy{}, false
}

// Deploy says how a service runs in an environment.
type Deploy struct {
	Service   string           `json:"service"`
	Domain    string           `json:"domain,omitempty"` // empty: a loopback port
	Port      int              `json:"port,omitempty"`   // of loopback; 0: Gemba chooses one and keeps it
	Env       map[string]Value `json:"env,omitempty"`
	Schedules bool             `json:"schedules"` // whether processes of kind schedule run here; false in a copy unless declared
}
