package sqlite

import (
	"context"
	"sync"
)

// broadcast tells any number of subscribers the latest number. Telling never
// waits: a subscriber that has not yet read the number before gets only the newer.
type broadcast struct {
	mu          sync.Mutex
	latest      int64
	closed      bool
	subscribers map[chan int64]struct{}
}

func newBroadcast() *broadcast { return &broadcast{subscribers: make(map[chan int64]struct{})} }

func (b *broadcast) publish(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n <= b.latest {
		return // two commits may be told in the other order
	}
	b.latest = n
	for subscriber := range b.subscribers {
		replace(subscriber, n)
	}
}

// again tells the latest number once more: something else than the ledger has changed.
func (b *broadcast) again() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for subscriber := range b.subscribers {
		replace(subscriber, b.latest)
	}
}

func (b *broadcast) subscribe(ctx context.Context) <-chan int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	subscriber := make(chan int64, 1)
	if b.closed {
		close(subscriber)
		return subscriber
	}
	subscriber <- b.latest
	b.subscribers[subscriber] = struct{}{}
	context.AfterFunc(ctx, func() { b.remove(subscriber) })
	return subscriber
}

func (b *broadcast) remove(subscriber chan int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, there := b.subscribers[subscriber]; there {
		delete(b.subscribers, subscriber)
		close(subscriber)
	}
}

func (b *broadcast) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for subscriber := range b.subscribers {
		delete(b.subscribers, subscriber)
		close(subscriber)
	}
}

// replace puts n in a channel of one place. Only the holder of the lock sends,
// so the place is free after the old number was taken out by either side.
func replace(subscriber chan int64, n int64) {
	select {
	case <-subscriber:
	default:
	}
	subscriber <- n
}
