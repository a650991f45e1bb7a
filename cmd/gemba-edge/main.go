// Command gemba-edge takes requests and leads them to releases.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"gemba/internal/edge"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	if err := edge.Run(os.Args[1:], os.Stderr, signals); err != nil {
		fmt.Fprintln(os.Stderr, "gemba-edge:", err)
		os.Exit(1)
	}
}
