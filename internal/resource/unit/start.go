package unit

import "gemba"

// atStart is what a root filesystem leaves to the start of a host. What is enabled starts by itself; what only runs, or only does
// not, has to be told once.
func atStart(d declared, o observed) *gemba.Residue {
	switch {
	case yes(d.Running) && o.starts():
		return &gemba.Residue{What: "it starts with the system"}
	case yes(d.Running):
		return &gemba.Residue{What: "it is started at the first start", Command: []string{"systemctl", "--no-block", "start", "--", d.Name}}
	case no(d.Running) && o.starts():
		return &gemba.Residue{What: "it is stopped at the first start", Command: []string{"systemctl", "--no-block", "stop", "--", d.Name}}
	}
	return nil
}
