package process_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"gemba/internal/driver/process"
	"gemba/internal/wire"
)

// starter starts the specification in args[3] with a worker, a state
// directory and a directory for sockets, and prints the exit, or stays for
// ever when asked to.
func starter(args []string) int {
	var spec wire.Spec
	if err := json.Unmarshal([]byte(args[3]), &spec); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p, err := process.New(args[1], args[2], args[0]).Start(ctx, spec)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if os.Getenv(asStarter) == "stay" {
		fmt.Println("started")
		time.Sleep(time.Hour)
	}
	exit, err := p.Wait(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = json.NewEncoder(os.Stdout).Encode(exit)
	return 0
}
