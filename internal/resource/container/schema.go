// Package container is the resource kind "container": a container that docker
// or podman runs.
package container

import "gemba"

var schema = gemba.Schema{
	Kind: "container", Label: "the name of the container", LabelForm: gemba.LabelName,
	Meaning: "A container that docker or podman runs, whichever the host has. One that was made of other settings is made anew: what it has outside of its volumes is lost. " +
		"An image is fetched when the declaration changes; a tag is not followed.",
	Example: `container "cache" {
  image   = "docker.io/library/redis:7.2"
  ports   = ["127.0.0.1:6379:6379"]
  volumes = ["/srv/cache:/data"]
}`,
	Attributes: []gemba.Attribute{
		{Name: "image", Type: gemba.TypeText, Example: `"docker.io/library/redis:7.2"`, Meaning: "The image that it is made of."},
		{Name: "command", Type: gemba.TypeCommand, Example: `["redis-server", "--save", ""]`, Meaning: "What runs in it, instead of what the image says."},
		{Name: "ports", Type: gemba.TypeTexts, Example: `["127.0.0.1:6379:6379"]`, Meaning: "Ports of the host that lead into it: ADDRESS:PORT:PORT, or PORT:PORT for every address."},
		{Name: "volumes", Type: gemba.TypeTexts, Example: `["/srv/cache:/data"]`, Meaning: "Directories of the host, or named volumes, that it sees: FROM:PATH, or FROM:PATH:ro."},
		{Name: "env", Type: gemba.TypeMap, Secret: true, Example: `{ LOG = "debug" }`, Meaning: "Variables of its environment."},
		{Name: "network", Type: gemba.TypeText, Example: `"host"`, Meaning: "The network that it is in."},
		{Name: "user", Type: gemba.TypeText, Example: `"1000:1000"`, Meaning: "Whom it runs as inside."},
		{Name: "restart", Type: gemba.TypeText, Default: "unless-stopped", OneOf: []string{"no", "on-failure", "always", "unless-stopped"}, Example: `"always"`, Meaning: "When it is started again."},
		{Name: "running", Type: gemba.TypeBool, Default: true, Example: "false", Meaning: "Whether it runs."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "There is none. Its volumes stay."},
	},
}
