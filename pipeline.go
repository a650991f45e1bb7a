package gemba

// Pipeline is the way of a service's commits to production.
type Pipeline struct {
	Service string  `json:"service"`
	Stages  []Stage `json:"stages"`
}

// Stage places a release in an environment and verifies it there.
type Stage struct {
	Name        string   `json:"name"`
	Environment string   `json:"environment"`
	Tasks       []Task   `json:"tasks,omitempty"` // before the deploy, in order
	Verifies    []Verify `json:"verifies,omitempty"`
}

// Task is a script that runs in the new release's directory with its
// environment before the release is placed: a migration, for example.
type Task struct {
	Name    string   `json:"name"`
	Run     string   `json:"run"`
	Once    bool     `json:"once,omitempty"` // must not run again when it is not known how it ended
	Timeout Duration `json:"timeout"`
}

// Verify asks a deployed release a question; a wrong answer stops the line.
type Verify struct {
	Name     string   `json:"name"`
	HTTP     string   `json:"http,omitempty"` // a path, asked through the edge
	Expect   int      `json:"expect,omitempty"`
	Contains string   `json:"contains,omitempty"`
	Run      string   `json:"run,omitempty"` // a script; GEMBA_ADDRESS is the release's address
	Timeout  Duration `json:"timeout"`
}
