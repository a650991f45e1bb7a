package app

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"gemba"
	"gemba/internal/pipeline"
	"gemba/internal/wire"
)

// narrator is the log of a step that Gemba does itself, such as a deploy.
type narrator struct {
	mu   sync.Mutex
	path string
	now  func() time.Time
}

type narratorKey struct{}

func narrating(ctx context.Context, a *App, job pipeline.Job) context.Context {
	return context.WithValue(ctx, narratorKey{}, &narrator{path: a.paths.stepLog(job.Run.ID, job.Step.Index), now: a.now})
}

// say writes a line to the log of the step that ctx belongs to. A log that cannot be written must not stop the work.
func (a *App) say(ctx context.Context, line string) {
	n, ok := ctx.Value(narratorKey{}).(*narrator)
	if !ok {
		return
	}
	if err := n.write(line); err != nil {
		a.log.Warn("a step's log could not be written", "path", n.path, "error", err)
	}
}

func (n *narrator) write(line string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(n.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(n.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(wire.AppendRecord(nil, gemba.LogLine{Time: n.now().UTC(), Stream: "gemba", Text: line}))
	return err
}
