package gemba

// Host is a place where work is done.
type Host struct {
	Name    string   `json:"name"`              // "web-2": the declared name, and a number where it stands for several
	Kind    HostKind `json:"kind"`              //
	Address string   `json:"address,omitempty"` // ssh: a name or an address; rootfs: the directory
	Port    int      `json:"port,omitempty"`    // ssh: 0 is what the user's configuration says, or 22
	User    string   `json:"user,omitempty"`    // ssh: "" is what the user's configuration says, or root
	Jump    string   `json:"jump,omitempty"`    // ssh: the host to go through, as ProxyJump takes it
	Place   Place    `json:"place"`
}

// HostKind is how a host is reached.
type HostKind string

// The kinds of hosts.
const (
	HostSSH    HostKind = "ssh"    // a server with sshd
	HostLocal  HostKind = "local"  // this machine
	HostRootFS HostKind = "rootfs" // a root filesystem that is being baked
)

// Group is the hosts of an environment that have one profile.
type Group struct {
	Name    string `json:"name"`
	Hosts   []Host `json:"hosts"`
	Profile string `json:"profile,omitempty"`
}
