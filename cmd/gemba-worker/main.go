// Command gemba-worker is the small static program that does the work on a
// host. It supervises builds, tests and processes.
package main

import (
	"os"

	"gemba/internal/worker"
)

func main() {
	os.Exit(worker.Run(os.Args[1:], worker.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
