// Package packages is the resource kind "package": a Debian package, its
// version and whether it is held, or that it is not there. All packages that differ are changed in one transaction of apt-get.
package packages

import "gemba"

var schema = gemba.Schema{
	Kind: "package", Label: "the name of the package, with :ARCHITECTURE where it is another one than the host's", LabelForm: gemba.LabelName,
	Meaning: "A Debian package that is installed, or is not. Without `version` any version will do, and one that is there is not upgraded. The name of a virtual package, such as " +
		"`mail-transport-agent`, is satisfied by whichever package provides it. All packages of a host are installed, changed and removed in one transaction; configuration " +
		"files that somebody has changed are kept. The lists of what there is are updated when they are a day old, older than a repository, or do not know what is declared.",
	Example: `package "nginx-light" {
  version = "latest"
}`,
	Attributes: []gemba.Attribute{
		{Name: "version", Type: gemba.TypeText, Example: `"1.22.1-9"`, Meaning: "The exact version, with its epoch and revision; or \"latest\": the candidate, which follows the pins of the host."},
		{Name: "hold", Type: gemba.TypeBool, Example: "true", Meaning: "Whether upgrades of the whole system leave it alone. A held package whose version is declared is changed nevertheless, and held again."},
		{Name: "recommends", Type: gemba.TypeBool, Default: false, Example: "true", Meaning: "Install what it recommends with it."},
		{Name: "source", Type: gemba.TypeText, Example: `"/srv/packages/guestbook_1.4_amd64.deb"`, Meaning: "A package file on the host that it is installed from; what the file holds is the version."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "It is not installed. Its configuration files stay."},
		{Name: "purge", Type: gemba.TypeBool, Example: "true", Meaning: "It is not installed, and its configuration files are gone as well."},
	},
}
