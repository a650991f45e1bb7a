package gemba

// Declaration is everything that one or more files declare, decoded and
// checked: references resolved, defaults filled in, copies expanded.
type Declaration struct {
	Services     []Service      `json:"services,omitempty"`
	Hosts        []Host         `json:"hosts,omitempty"`    // one for each address
	Profiles     []Profile      `json:"profiles,omitempty"` // for_each and count expanded
	Environments []Environment  `json:"environments,omitempty"`
	Pipelines    []Pipeline     `json:"pipelines,omitempty"`
	Secrets      []SecretSource `json:"secrets,omitempty"`
}

// Service returns the service of that name.
func (d *Declaration) Service(name string) (Service, bool) {
	for _, s := range d.Services {
		if s.Name == name {
			return s, true
		}
	}
	return Service{}, false
}

// Host returns the host of that name.
func (d *Declaration) Host(name string) (Host, bool) {
	for _, h := range d.Hosts {
		if h.Name == name {
			return h, true
		}
	}
	return Host{}, false
}

// Profile returns the profile of that name.
func (d *Declaration) Profile(name string) (Profile, bool) {
	for _, p := range d.Profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Environment returns the environment of that name.
func (d *Declaration) Environment(name string) (Environment, bool) {
	for _, e := range d.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}

// Pipeline returns the pipeline of a service.
func (d *Declaration) Pipeline(service string) (Pipeline, bool) {
	for _, p := range d.Pipelines {
		if p.Service == service {
			return p, true
		}
	}
	return Pipeline{}, false
}
