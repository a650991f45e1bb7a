package app

import (
	"context"
	"sync"

	"gemba/internal/driver/git"
)

// repositories remembers those that were opened: to find out what a directory is takes git some milliseconds, and it stays so.
type repositories struct {
	mu     sync.Mutex
	opened map[string]*git.Repository
}

func (r *repositories) open(ctx context.Context, dir string) (*git.Repository, error) {
	r.mu.Lock()
	known := r.opened[dir]
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	repository, err := git.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opened == nil {
		r.opened = map[string]*git.Repository{}
	}
	r.opened[dir] = repository
	return repository, nil
}
