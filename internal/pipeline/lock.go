package pipeline

import (
	"context"
	"sync"
)

// locks lets one run at a time into an environment, first come, first served.
type locks struct {
	mu   sync.Mutex
	held map[string]int64
	wait map[string][]waiter
}

type waiter struct {
	run  int64
	turn chan struct{}
}

func newLocks() *locks {
	return &locks{held: map[string]int64{}, wait: map[string][]waiter{}}
}

// take gives the environment to the run, or says which run holds it and returns the channel that closes when it is this run's turn.
func (l *locks) take(environment string, run int64) (holder int64, turn <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if holder, busy := l.held[environment]; busy && holder != run {
		w := waiter{run, make(chan struct{})}
		l.wait[environment] = append(l.wait[environment], w)
		return holder, w.turn
	}
	l.held[environment] = run
	return 0, nil
}

// give hands the environment to the next run that waits. A run that neither holds it nor waits for it changes nothing.
func (l *locks) give(environment string, run int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[environment] != run {
		l.leaveQueue(environment, run)
		return
	}
	queue := l.wait[environment]
	if len(queue) == 0 {
		delete(l.held, environment)
		return
	}
	l.held[environment], l.wait[environment] = queue[0].run, queue[1:]
	close(queue[0].turn)
}

func (l *locks) leaveQueue(environment string, run int64) {
	queue := l.wait[environment]
	for i, w := range queue {
		if w.run == run {
			l.wait[environment] = append(queue[:i:i], queue[i+1:]...)
			return
		}
	}
}

// wait blocks until it is the run's turn. When ctx ends first, the run has left the queue.
func (l *locks) await(ctx context.Context, environment string, run int64, turn <-chan struct{}) error {
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.give(environment, run)
		return ctx.Err()
	}
}
