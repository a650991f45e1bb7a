// Package locale is the resource kind "locale": a language and its customs
// that programs on a host can speak.
package locale

import "gemba"

var schema = gemba.Schema{
	Kind: "locale", Label: "the name of the locale, such as \"de_DE.UTF-8\"",
	Meaning: "A language and its customs that programs on a host can speak: it is generated where it is missing, and is the one of the host where it is the default.",
	Example: `locale "de_DE.UTF-8" {
  default = true
}`,
	Attributes: []gemba.Attribute{
		{Name: "charset", Type: gemba.TypeText, Example: `"ISO-8859-15"`, Meaning: "Its encoding, where the name does not say it after a dot."},
		{Name: "default", Type: gemba.TypeBool, Example: "true", Meaning: "It is LANG in /etc/default/locale: what logins and services speak. At most one is."},
		{Name: "absent", Type: gemba.TypeBool, Example: "true", Meaning: "It is not generated."},
	},
}
