package gemba

// Declaration is everything that one or more files declare, decoded and
// checked: references resolved, defaults filled in, copies expanded.
type Declaration struct {
	Services     []Service      `json:"services,omitempty"`
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
