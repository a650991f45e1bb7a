package contract

// Bake asks for a profile to be baked into a root filesystem.
type Bake struct {
	Dir       string            `json:"dir"`                // absolute; the declaration's directory in a work tree
	Revision  string            `json:"revision,omitempty"` // default HEAD
	Variables map[string]string `json:"variables,omitempty"`
	Profile   string            `json:"profile"`
	Base      string            `json:"base"`             // "debian:SUITE", or the absolute path of a directory or tar
	File      string            `json:"file,omitempty"`   // absolute path of the tar that is written
	Name      string            `json:"name,omitempty"`   // under which the artifact store keeps it
	Lock      string            `json:"lock,omitempty"`   // the text of PROFILE.lock
	Update    bool              `json:"update,omitempty"` // pay no heed to the lock, and make the base anew
}
