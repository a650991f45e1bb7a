package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/driver/local"
	"gemba/internal/driver/rootfs"
	"gemba/internal/driver/ssh"
)

// ways are how one piece of work reaches its hosts.
type ways struct {
	app *App
	ssh *ssh.Dialer
}

// waysFor makes the ways of who asks: with their agent, or that of the server where they lend none.
func (a *App) waysFor(agent string) *ways {
	if agent == "" {
		agent = a.options.Getenv("SSH_AUTH_SOCK")
	}
	home := a.options.Getenv("HOME")
	return &ways{app: a, ssh: ssh.New(ssh.Options{
		Worker: a.workerFor, AgentSocket: agent, Home: home, Log: a.log, Now: a.now,
		ConfigFiles:   []string{filepath.Join(home, ".ssh", "config"), "/etc/ssh/ssh_config"},
		KnownHosts:    []string{filepath.Join(home, ".ssh", "known_hosts"), "/etc/ssh/ssh_known_hosts"},
		OwnKnownHosts: filepath.Join(a.paths.state, "known_hosts"),
		Keys:          a.ownKeys(),
	})}
}

// dial opens the way to a host.
func (w *ways) dial(ctx context.Context, host gemba.Host) (converge.Link, error) {
	switch host.Kind {
	case gemba.HostLocal:
		return local.New(w.app.options.Programs.Worker, w.app.options.Getenv("GEMBA_HOST_STATE")), nil
	case gemba.HostRootFS:
		return rootfs.At(w.app.options.Programs.Worker, host.Address), nil
	case gemba.HostSSH:
		return w.ssh.Dial(ctx, host)
	}
	return nil, gemba.Fail(gemba.Unavailable, fmt.Sprintf("hosts of kind %q cannot be reached yet", host.Kind), "", "declare it with an address")
}

// workerFor is the worker's executable for hosts of an architecture.
func (a *App) workerFor(arch string) (string, error) {
	path := a.options.Programs.Worker
	if arch != runtime.GOARCH {
		path += "-" + arch
	}
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return "", gemba.Fail(gemba.Unavailable, "there is no worker for "+arch, path+" is missing", "put the worker of Gemba's "+arch+" package there")
		}
		return "", err
	}
	return path, nil
}

// ownKey is where the server's own private key is, which `host add` lets in on hosts.
func (a *App) ownKey() string { return filepath.Join(a.paths.state, "ssh.key") }

// ownKeys are the private keys that the server itself has.
func (a *App) ownKeys() []string {
	if _, err := os.Stat(a.ownKey()); err != nil {
		return nil
	}
	return []string{a.ownKey()}
}
