package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/wire"
)

// act has the worker of a host do one act of patching. An answer that has Done came to its end.
func (p *patching) act(ctx context.Context, link converge.Link, target gemba.Target, ask wire.Patch) (wire.PatchNews, error) {
	ask.Holder = p.actor + " from " + p.options.State
	session, err := link.Worker(ctx, "patch")
	if err != nil {
		return wire.PatchNews{}, err
	}
	defer session.Close()
	stop := context.AfterFunc(ctx, func() { _ = session.Close() })
	defer stop()
	if err := order(session, ask); err != nil {
		return wire.PatchNews{}, err
	}
	for from := bufio.NewReaderSize(session, 64<<10); ; {
		line, err := from.ReadBytes('\n')
		if err != nil {
			return wire.PatchNews{}, saidOr(session.Wait(), err)
		}
		var news wire.PatchNews
		if err := json.Unmarshal(line, &news); err != nil {
			return wire.PatchNews{}, fmt.Errorf("reading what the worker says: %w", err)
		}
		switch {
		case news.Waits != "":
			p.out.say(gemba.HostFrame{Host: target.Host.Name, Waits: news.Waits})
		case news.Error != "":
			return news, errors.New(news.Error)
		case news.Done:
			return news, nil
		}
	}
}

// pending asks a host what waits, says it, and keeps it.
func (p *patching) pending(ctx context.Context, link converge.Link, target gemba.Target) (*gemba.PendingWork, error) {
	answer, err := p.act(ctx, link, target, wire.Patch{Act: wire.PatchLook})
	if err != nil {
		return nil, err
	}
	if answer.Pending == nil {
		return nil, errors.New("the worker did not say what waits")
	}
	p.out.say(gemba.HostFrame{Host: target.Host.Name, Pending: answer.Pending})
	keeping := context.WithoutCancel(ctx)
	state, err := p.known(keeping, target)
	if err == nil {
		state.Target, state.Pending = target, answer.Pending
		err = p.store.KeepHost(keeping, state)
	}
	if err != nil {
		p.log.Error("what waits on a host could not be kept", "host", target.Host.Name, "error", err)
	}
	return answer.Pending, nil
}

// tell tells the ledger what became of a host.
func (h *patchedHost) tell(ctx context.Context, kind string, data map[string]any) {
	data["environment"] = h.target.Environment
	h.record(ctx, gemba.Event{Actor: h.actor, Kind: kind, Subject: "host/" + h.target.Host.Name}, data)
}
