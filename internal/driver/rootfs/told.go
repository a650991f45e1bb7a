package rootfs

import (
	"strings"
	"sync"
)

// told keeps the end of what a program says, for whoever waits for it and for who has to be told why it failed.
type told struct {
	mu   sync.Mutex
	text []byte
}

const keptOfTold = 16 << 10 // bytes

func (t *told) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-keptOfTold):]
	return len(p), nil
}

func (t *told) all() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.text...)
}

// last is the last line that is not empty.
func (t *told) last() string {
	text := strings.TrimSpace(string(t.all()))
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}

// lastWords is the end of an output, where its reason usually is.
func lastWords(out []byte) string {
	text := strings.TrimSpace(string(out))
	return text[max(0, len(text)-500):]
}
