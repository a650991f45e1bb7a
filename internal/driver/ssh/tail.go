package ssh

import (
	"strings"
	"sync"
)

// tail keeps the last bytes written to it, and notices when a word comes by, which it takes out.
type tail struct {
	limit int
	word  string        // "": none
	heard chan struct{} // gets a value for each time that the word came by; nobody needs to take it

	mu sync.Mutex
	b  []byte
}

func newTail(limit int, word string) *tail {
	return &tail{limit: limit, word: word, heard: make(chan struct{}, 4)}
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	for t.word != "" {
		before, after, found := strings.Cut(string(t.b), t.word)
		if !found {
			break
		}
		t.b = append([]byte(before), after...)
		select {
		case t.heard <- struct{}{}:
		default:
		}
	}
	if over := len(t.b) - t.limit; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.b))
}
