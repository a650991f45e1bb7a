// Package child is a worker that runs as a process of this machine, for the drivers whose hosts are here.
package child

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// Worker is a worker that was started. Reading gives what it prints, writing what it reads.
type Worker struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     io.ReadCloser
	said    bytes.Buffer
	once    sync.Once
	ended   error
}

// Start starts a command whose streams are not yet taken. An error of the system is wrapped, for the caller to tell apart.
func Start(command *exec.Cmd) (*Worker, error) {
	w := &Worker{command: command}
	command.Stderr = &w.said
	var err error
	if w.in, err = command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	if w.out, err = command.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	return w, nil
}

func (w *Worker) Read(p []byte) (int, error)  { return w.out.Read(p) }
func (w *Worker) Write(p []byte) (int, error) { return w.in.Write(p) }

// CloseWrite tells the worker that nothing more comes.
func (w *Worker) CloseWrite() error { return w.in.Close() }

// CloseRead lets go of what it prints.
func (w *Worker) CloseRead() error { return w.out.Close() }

// End waits for the worker's end; however often it is asked, it waits once. said is what the worker said on its standard error.
func (w *Worker) End() (said string, err error) {
	w.once.Do(func() { w.ended = w.command.Wait() })
	return strings.TrimSpace(w.said.String()), w.ended
}
