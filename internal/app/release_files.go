package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"gemba"
)

// unpacking lets one caller at a time look after the files of a release.
type unpacking struct{ places sync.Map }

func (u *unpacking) hold(dir string) (release func()) {
	place, _ := u.places.LoadOrStore(dir, &sync.Mutex{})
	mu := place.(*sync.Mutex)
	mu.Lock()
	return mu.Unlock
}

// Unpack implements deploy.Runtime. Files that are there already are read
// again: what was changed since it was unpacked is never placed.
func (r *localRuntime) Unpack(ctx context.Context, environment, service string, artifact gemba.Digest) (string, error) {
	dir := r.paths.release(environment, service, artifact)
	defer r.unpacking.hold(dir)()
	whole, err := r.oci.Holds(ctx, artifact, dir)
	if err != nil || whole {
		return dir, err
	}
	if err := r.setAside(ctx, environment, service, artifact, dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(parent(dir), 0o755); err != nil {
		return "", fmt.Errorf("making the directory of releases: %w", err)
	}
	return dir, r.oci.Unpack(ctx, artifact, dir)
}

// setAside moves files that are not what their artifact holds out of the way, for somebody to look at:
// processes that were started in them live on there.
func (r *localRuntime) setAside(ctx context.Context, environment, service string, artifact gemba.Digest, dir string) error {
	aside := dir + ".changed-" + strconv.FormatInt(r.now().UnixMilli(), 10)
	err := os.Rename(dir, aside)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("setting changed files aside: %w", err)
	}
	r.say(ctx, fmt.Sprintf("the files of artifact %s were changed since they were unpacked; they are unpacked again, the changed ones are in %s", artifact.Short(), aside))
	r.record(ctx, gemba.Event{Actor: "gemba", Kind: "release.changed", Subject: "environment/" + environment}, map[string]any{"service": service, "artifact": artifact, "aside": aside})
	return nil
}
