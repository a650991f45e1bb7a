package fleettest

import (
	"fmt"
	"os"
	"path/filepath"
)

func (h *Host) console() string { return filepath.Join(h.seat.dir(), "console.log") }

func (h *Host) openConsole() (*os.File, error) {
	return os.OpenFile(h.console(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
}

// complain writes what went wrong with the host where it says its own.
func (h *Host) complain(why error) {
	if file, err := h.openConsole(); err == nil {
		fmt.Fprintln(file, why)
		file.Close()
	}
}

// lastWords are the end of its console.
func (h *Host) lastWords() string {
	text, _ := os.ReadFile(h.console())
	return tail(string(text))
}
