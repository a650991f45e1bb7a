package spec

import "gemba"

func hostBlock() *block {
	return &block{
		name: "host", label: plainName("the host's name"),
		meaning: "A place where work is done. A block with several addresses stands for several hosts, `NAME-1`, `NAME-2` and so on; a reference to it means them all.",
		example: `host "web" {
  address = ["10.0.0.11", "10.0.0.12"]
  user    = "root"
}`,
		attributes: []attribute{
			{name: "kind", kind: choice(string(gemba.HostSSH), string(gemba.HostLocal), string(gemba.HostRootFS)), initial: `"ssh"`, example: `"local"`,
				meaning: "`ssh`: a server, reached over SSH; `local`: this machine; `rootfs`: a root filesystem that is being baked."},
			{name: "address", kind: addresses(), example: `["10.0.0.11", "10.0.0.12"]`, unset: "needed, but for this machine",
				meaning: "Name or address of the server, or several; of a `rootfs` the directory."},
			{name: "port", kind: integer(1, 65535), example: "2222", unset: "what your SSH configuration says, or 22", meaning: "The port of SSH."},
			{name: "user", kind: account(), example: `"root"`, unset: "what your SSH configuration says, or `root`", meaning: "Who to sign in as."},
			{name: "jump", kind: jump(), example: `"admin@gate.example"`, unset: "what your SSH configuration says", meaning: "The host to go through, as ssh's `ProxyJump` takes it."},
		},
	}
}

func groupBlock() *block {
	return &block{
		name: "group", label: plainName("the group's name"),
		meaning: "Hosts of this environment that have one profile. A host stands in one group alone. A copy inherits the profile of each group, and never its hosts: it has to name its own, or `[]` where it has none.",
		example: `group "web" {
  hosts   = host.web
  profile = profile.web
}`,
		attributes: []attribute{
			{name: "hosts", kind: hostReferences(), required: true, example: "host.web", meaning: "The hosts: a reference or a list of references."},
			{name: "profile", kind: nameOf("profile", "profile.web"), example: "profile.web", unset: "none; in a copy that of the original", meaning: "What the hosts are to be."},
		},
	}
}

// profileBlock holds a block for each kind of resource.
func profileBlock(kinds []gemba.Schema) *block {
	b := &block{
		name: "profile", label: plainName("the profile's name"),
		meaning: "The configuration of a host: resources, each with a state. They are put in order by what they refer to and by what they need of one another; where they stand says nothing. " +
			"What is not written is not managed.",
		example: `profile "web" {
}`,
	}
	for _, schema := range kinds {
		b.blocks = append(b.blocks, resourceBlock(schema, kinds))
	}
	if len(kinds) > 0 {
		b.example = "profile \"web\" {\n  " + indented(kinds[0].Example) + "\n}"
	}
	return b
}
