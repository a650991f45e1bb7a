// Package kinds is the list of all kinds of resources.
package kinds

import (
	"gemba"
	"gemba/internal/resource"
	"gemba/internal/resource/archive"
	"gemba/internal/resource/authorizedkey"
	"gemba/internal/resource/block"
	"gemba/internal/resource/certificate"
	"gemba/internal/resource/command"
	"gemba/internal/resource/container"
	"gemba/internal/resource/cron"
	"gemba/internal/resource/directory"
	"gemba/internal/resource/download"
	"gemba/internal/resource/file"
	"gemba/internal/resource/filesystem"
	"gemba/internal/resource/firewall"
	"gemba/internal/resource/git"
	"gemba/internal/resource/group"
	"gemba/internal/resource/hostname"
	"gemba/internal/resource/ini"
	"gemba/internal/resource/kernelmodule"
	"gemba/internal/resource/line"
	"gemba/internal/resource/locale"
	"gemba/internal/resource/mount"
	"gemba/internal/resource/network"
	"gemba/internal/resource/packages"
	"gemba/internal/resource/repository"
	"gemba/internal/resource/resolver"
	"gemba/internal/resource/swap"
	"gemba/internal/resource/sysctl"
	"gemba/internal/resource/timezone"
	"gemba/internal/resource/unit"
	"gemba/internal/resource/user"
)

// All are the kinds, in the order of the reference.
func All() []resource.Kind {
	return []resource.Kind{
		file.Kind(),
		directory.Kind(),
		line.Kind(),
		block.Kind(),
		ini.Kind(),
		packages.Kind(),
		repository.Kind(),
		user.Kind(),
		group.Kind(),
		authorizedkey.Kind(),
		unit.Kind(),
		cron.Kind(),
		command.Kind(),
		sysctl.Kind(),
		hostname.Kind(),
		timezone.Kind(),
		locale.Kind(),
		kernelmodule.Kind(),
		mount.Kind(),
		swap.Kind(),
		resolver.Kind(),
		firewall.Kind(),
		certificate.Kind(),
		download.Kind(),
		archive.Kind(),
		git.Kind(),
		network.Kind(),
		filesystem.Kind(),
		container.Kind(),
	}
}

// ByName are the kinds by their names.
func ByName() map[string]resource.Kind {
	named := map[string]resource.Kind{}
	for _, k := range All() {
		named[k.Schema.Kind] = k
	}
	return named
}

// Schemas are what a declaration is decoded by.
func Schemas() []gemba.Schema {
	var all []gemba.Schema
	for _, k := range All() {
		all = append(all, k.Schema)
	}
	return all
}
