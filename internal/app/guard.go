package app

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gemba"
	"gemba/internal/human"
	"gemba/internal/wire"
)

const (
	guardSeconds = 30               // a guard waits so long when nobody says otherwise
	settling     = time.Second      // a service that reads its configuration anew may still answer with the old one
	oneAttempt   = 15 * time.Second // to connect and confirm
	longestPause = 5 * time.Second  // between two attempts: who comes too often is banned
	puttingBack  = time.Minute      // a guard has to be sure that the apply is over, and to put things back
)

func (w *hostWork) guardSeconds() int {
	switch {
	case w.ask.Guard < 0:
		return 0
	case w.ask.Guard > 0:
		return w.ask.Guard
	}
	return guardSeconds
}

// settle reaches a host anew after changes that may have cut the way to it, and confirms them; or hears that its guard has put
// things back. It is done to the end, also when whoever asked has gone.
func (w *hostWork) settle(ctx context.Context, target gemba.Target, guard wire.Guard, result gemba.HostResult, err error) (gemba.HostResult, error) {
	ctx = context.WithoutCancel(ctx)
	wait := time.Duration(guard.Seconds) * time.Second
	until := time.Now().Add(wait + puttingBack)
	var first error
	for pause := settling; ; pause = min(2*pause, longestPause) {
		time.Sleep(pause)
		answer, failed := w.confirm(ctx, target, guard.Run)
		switch {
		case failed == nil && answer.Confirmed:
			return result, err
		case failed == nil:
			return w.putBack(ctx, target, guard, answer.Undone, first, result)
		case first == nil:
			first = failed
		}
		if time.Now().After(until) {
			return result, gemba.Fail(gemba.Unavailable, "it cannot be reached anew since "+strings.Join(guard.Because, ", ")+" was changed", first.Error(),
				fmt.Sprintf("its guard puts the old files back %s after the apply: look with  gemba plan %s", human.Duration(wait), target.Host.Name))
		}
	}
}

// putBack says what the guard of a host did.
func (w *hostWork) putBack(ctx context.Context, target gemba.Target, guard wire.Guard, undone *gemba.Undone, first error, result gemba.HostResult) (gemba.HostResult, error) {
	why := "its guard says no more"
	if first != nil {
		why = first.Error()
	}
	if undone == nil {
		return result, gemba.Fail(gemba.Unavailable, "nobody knows whether "+strings.Join(guard.Because, ", ")+" stays", why, "gemba plan "+target.Host.Name)
	}
	w.undone(ctx, w.actor, target, w.ask.Plan, *undone)
	w.out.say(gemba.HostFrame{Host: target.Host.Name, Undone: undone})
	return result, gemba.Fail(gemba.Unavailable, fmt.Sprintf("the change of %s cut the way to the host, and was put back", strings.Join(guard.Because, ", ")), why,
		"correct it, and apply again")
}

// confirm makes a new connection and tells the guard.
func (w *hostWork) confirm(ctx context.Context, target gemba.Target, run string) (wire.Confirmed, error) {
	ctx, cancel := context.WithTimeout(ctx, oneAttempt)
	defer cancel()
	var answer wire.Confirmed
	link, err := w.ways.dial(ctx, target.Host)
	if err != nil {
		return answer, err
	}
	defer link.Close()
	session, err := link.Worker(ctx, "confirm")
	if err != nil {
		return answer, err
	}
	defer session.Close()
	if err := order(session, wire.Confirm{Run: run}); err != nil {
		return answer, err
	}
	line, err := bufio.NewReader(session).ReadBytes('\n')
	if err != nil {
		return answer, saidOr(session.Wait(), err)
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return answer, fmt.Errorf("reading what the worker says: %w", err)
	}
	return answer, nil
}
