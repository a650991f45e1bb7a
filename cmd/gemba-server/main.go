// Command gemba-server owns a state directory: it runs pipelines, keeps what
// is deployed running and watched, and answers the CLI and the dashboard.
package main

import (
	"context"
	"os"

	"gemba/internal/serve"
)

func main() {
	os.Exit(serve.Run(context.Background(), os.Args[1:], os.Stderr, os.Getenv))
}
