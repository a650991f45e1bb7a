package app

import (
	"context"
	"time"

	"gemba"
)

// keepEvery is how often the server looks whether everything that is placed still runs. Supervisors restart their own programs;
// the keeper is for what lost its supervisor, and for the time after a reboot.
const keepEvery = 2 * time.Second

func (a *App) keep(ctx context.Context) {
	for {
		a.keepAll(ctx)
		select {
		case <-time.After(keepEvery):
		case <-ctx.Done():
			return
		}
	}
}

func (a *App) keepAll(ctx context.Context) {
	placed, err := a.store.Placed(ctx)
	if err != nil {
		a.log.Error("what is placed could not be read", "error", err)
		return
	}
	for _, p := range placed {
		if p.Stopped || ctx.Err() != nil {
			continue
		}
		leave, free := a.places.try(p.Environment, p.Service)
		if !free {
			continue // a deploy is at work there
		}
		a.edge.forget()
		started, err := a.deployer.Keep(ctx, p)
		leave()
		if err != nil && ctx.Err() == nil {
			a.log.Error("what is placed could not be kept running", "environment", p.Environment, "service", p.Service, "error", err)
		}
		for _, name := range started {
			a.record(ctx, gemba.Event{Actor: "gemba", Kind: "process.restarted", Subject: "environment/" + p.Environment, Cause: p.Event},
				map[string]any{"service": p.Service, "process": name, "release": p.Release.ID, "why": "its supervisor was gone"})
			a.watch.soon()
		}
	}
}

// record keeps a fact that changes no state of its own. Losing one is an error for the log, not for what happened.
func (a *App) record(ctx context.Context, event gemba.Event, data any) {
	filled := fact(event.Actor, event.Kind, event.Subject, event.Run, data)
	filled.Cause = event.Cause
	if _, err := a.store.Append(context.WithoutCancel(ctx), filled); err != nil {
		a.log.Error("an event could not be recorded", "kind", event.Kind, "error", err)
	}
}
