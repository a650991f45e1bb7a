package ssh

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"sync"

	"github.com/klauspost/compress/gzip"

	"gemba"
)

// workers are the worker's executables, one for each architecture.
type workers struct {
	path func(arch string) (string, error)
	mu   sync.Mutex
	read map[string]*executable // by GOARCH
}

// executable is a worker as it goes over the wire.
type executable struct {
	sum        string // SHA-256, 64 hexadecimal digits
	compressed []byte // gzip
}

// version names an executable's directory.
func (e *executable) version() string { return e.sum[:16] }

func newWorkers(path func(arch string) (string, error)) *workers {
	return &workers{path: path, read: map[string]*executable{}}
}

// machines are the architectures that there may be a worker for, as uname -m names them.
func machines() map[string]string { return map[string]string{"x86_64": "amd64", "aarch64": "arm64"} }

// find returns the executable for a GOARCH. It is read and compressed once.
func (w *workers) find(arch string) (*executable, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e := w.read[arch]; e != nil {
		return e, nil
	}
	if w.path == nil {
		return nil, gemba.Fail(gemba.Internal, "there is no worker for "+arch, "none was given", "")
	}
	path, err := w.path(arch)
	if err != nil {
		return nil, fmt.Errorf("worker for %s: %w", arch, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("worker for %s: %w", arch, err)
	}
	e, err := compress(content)
	if err != nil {
		return nil, fmt.Errorf("worker for %s: %w", arch, err)
	}
	w.read[arch] = e
	return e, nil
}

func compress(content []byte) (*executable, error) {
	var compressed bytes.Buffer
	z, err := gzip.NewWriterLevel(&compressed, gzip.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	return &executable{sum: hex.EncodeToString(sum[:]), compressed: compressed.Bytes()}, nil
}

// versions returns the version for each machine there is a worker for.
func (w *workers) versions() (map[string]string, error) {
	found := map[string]string{}
	var failed error
	for machine, arch := range machines() {
		e, err := w.find(arch)
		if err != nil {
			failed = err
			continue
		}
		found[machine] = e.version()
	}
	if len(found) == 0 {
		return nil, failed
	}
	return found, nil
}
