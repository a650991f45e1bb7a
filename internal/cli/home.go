package cli

import (
	"context"
	"os"
	"path/filepath"

	"gemba"
	"gemba/internal/client"
	"gemba/internal/spec"
)

// stateName is the state directory beside a declaration.
const stateName = ".gemba"

// place is where a command works: the directory of the declaration that governs the working directory.
func (c *command) place() (string, error) {
	for dir := c.Dir; ; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return "", gemba.Fail(gemba.NotFound, "the directory cannot be read", err.Error(), "")
		}
		var names []string
		git := false
		for _, e := range entries {
			names = append(names, e.Name())
			git = git || e.Name() == ".git"
		}
		if len(spec.Select(names)) > 0 {
			return dir, nil
		}
		if git || dir == filepath.Dir(dir) {
			return "", gemba.Fail(gemba.NotFound, "there is no declaration here", "neither "+c.Dir+" nor a directory above it has a gemba.hcl", "gemba init")
		}
	}
}

// home is where the server lives: beside the declaration, or where --state says.
func (c *command) home() (client.Home, error) {
	server := filepath.Join(filepath.Dir(c.Self), "gemba-server")
	if c.state != "" {
		state := c.state
		if !filepath.IsAbs(state) {
			state = filepath.Join(c.Dir, state)
		}
		return client.Home{State: filepath.Clean(state), Server: server}, nil
	}
	dir, err := c.place()
	if err != nil {
		return client.Home{}, err
	}
	real, err := filepath.EvalSymlinks(dir) // one directory, one server, however it is reached
	if err != nil {
		return client.Home{}, gemba.Fail(gemba.NotFound, "the directory cannot be found", err.Error(), "")
	}
	return client.Home{State: filepath.Join(real, stateName), Server: server}, nil
}

// server returns a client of the server, starting one when none runs.
func (c *command) server(ctx context.Context) (*client.Client, error) {
	home, err := c.home()
	if err != nil {
		return nil, err
	}
	return home.Start(ctx)
}

// running returns a client of the server if one runs; a question about what is must not start anything new where nothing ever was.
func (c *command) running(ctx context.Context) (*client.Client, error) {
	home, err := c.home()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(home.State, "state.db")); err != nil {
		return nil, gemba.Fail(gemba.NotFound, "nothing was ever shipped from here", "there is no state in "+home.State, "gemba ship")
	}
	return home.Start(ctx)
}
