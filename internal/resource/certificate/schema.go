// Package certificate is the resource kind "certificate": a certificate with
// its chain and its key, which belong together.
package certificate

import "gemba"

var schema = gemba.Schema{
	Kind: "certificate", Label: "the path of the certificate", LabelForm: gemba.LabelPath,
	Files:   true,
	Meaning: "A certificate with its chain and its key, as PEM files. Before anything is written they are held against one another: a key that is not the certificate's never gets there.",
	Example: `certificate "/etc/ssl/certs/guestbook.pem" {
  certificate_source = "tls/guestbook.pem"
  key_source         = "tls/guestbook.key"
  key_path           = "/etc/ssl/private/guestbook.key"
  group              = "ssl-cert"
  key_mode           = "0640"
}`,
	Attributes: []gemba.Attribute{
		{Name: "certificate", Type: gemba.TypeText, Body: true, Example: `"-----BEGIN CERTIFICATE-----\n…"`, Meaning: "The certificate, as PEM; its chain may follow."},
		{Name: "certificate_source", Type: gemba.TypeText, Into: "certificate", Example: `"tls/guestbook.pem"`, Meaning: "A file of the repository that the certificate is in."},
		{Name: "chain", Type: gemba.TypeText, Body: true, Example: `"-----BEGIN CERTIFICATE-----\n…"`, Meaning: "Who signed it, and who signed those, as PEM. It follows the certificate in the same file, unless `chain_path` is written."},
		{Name: "chain_source", Type: gemba.TypeText, Into: "chain", Example: `"tls/chain.pem"`, Meaning: "A file of the repository that the chain is in."},
		{Name: "chain_path", Type: gemba.TypeText, Example: `"/etc/ssl/certs/guestbook-chain.pem"`, Meaning: "The path of a file for the chain alone."},
		{Name: "key", Type: gemba.TypeText, Body: true, Secret: true, Example: `secret.key`, Meaning: "Its private key, as PEM and not encrypted."},
		{Name: "key_source", Type: gemba.TypeText, Into: "key", Example: `"tls/guestbook.key"`, Meaning: "A file of the repository that the key is in. A secret is a better place."},
		{Name: "key_path", Type: gemba.TypeText, Example: `"/etc/ssl/private/guestbook.key"`, Meaning: "The path of the key."},
		{Name: "owner", Type: gemba.TypeText, Refers: "user", Default: "root", Example: `"guestbook"`, Meaning: "The user that all of the files belong to."},
		{Name: "group", Type: gemba.TypeText, Refers: "group", Default: "root", Example: `"ssl-cert"`, Meaning: "The group that all of the files belong to."},
		{Name: "mode", Type: gemba.TypeText, Default: "0644", Example: `"0644"`, Meaning: "Permissions of the certificate and its chain."},
		{Name: "key_mode", Type: gemba.TypeText, Default: "0600", Example: `"0640"`, Meaning: "Permissions of the key."},
	},
}
