// Command gemba takes a service from a commit to a monitored production.
package main

import (
	"os"

	"gemba/internal/cli"
)

func main() { os.Exit(cli.Main()) }
