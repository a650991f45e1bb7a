package worker

import (
	"encoding/json"
	"io"
	"runtime"
)

// printIsolation answers whether this machine can isolate a build.
func printIsolation(out io.Writer) error {
	runtime.LockOSThread() // as in supervise: the init dies with the thread that started it
	return json.NewEncoder(out).Encode(probe())
}
