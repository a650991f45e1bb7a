// Package worker is the program that runs on hosts. Each build, test and
// process gets a supervisor of its own here, so that nothing that runs
// depends on the life of who started it.
//
// docs/formats/supervisor.md describes the files, the socket and the states.
package worker

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"gemba/internal/driver/host"
)

// Streams are what the program was started with.
type Streams struct {
	In  *os.File
	Out io.Writer
	Err io.Writer
}

const usage = `gemba-worker does the work on a host. It is started by Gemba.

  gemba-worker supervise [--stay]   run what the specification on standard input says;
                                    without --stay, in the background
  gemba-worker converge [--baked] [--state DIRECTORY]
                                    bring this host to what the order on standard input says;
                                    notes and what undo needs are kept in the directory;
                                    baked, nothing runs in it
  gemba-worker undo [--state DIRECTORY]
                                    put back the files that an apply replaced or removed
  gemba-worker guard [--state DIRECTORY]
                                    put them back by itself, unless somebody confirms in time
  gemba-worker confirm [--state DIRECTORY]
                                    tell the guard that this host was reached anew
  gemba-worker patch [--state DIRECTORY]
                                    say what waits to be updated, update it, reboot, say what runs
  gemba-worker facts [--baked]      say what this host is
  gemba-worker within FILE WORDS    do what the words say in the root filesystem that the file describes;
                                    seal tidies it and writes its tar
  gemba-worker isolation            say whether this machine can isolate a build
`

// Run does what args say and returns the exit code.
func Run(args []string, streams Streams) int {
	err := run(args, streams)
	if err != nil {
		fmt.Fprintln(streams.Err, "gemba-worker:", err)
		return 1
	}
	return 0
}

func run(args []string, streams Streams) error {
	if len(args) == 0 {
		_, err := fmt.Fprint(streams.Out, usage)
		return err
	}
	switch args[0] {
	case "supervise":
		if len(args) == 2 && args[1] == stayFlag {
			return supervise(streams.In)
		}
		return launch(streams.In)
	case "facts":
		return json.NewEncoder(streams.Out).Encode(host.Facts(slices.Contains(args, bakedFlag)))
	case "converge":
		o, err := convergeOptions(args[1:])
		if err != nil {
			return err
		}
		return convergeHost(o, streams.In, streams.Out)
	case "undo":
		return undoHost(stateOf(args), streams.In, streams.Out)
	case guardCommand:
		return guard(stateOf(args), streams.In, streams.Out)
	case "patch":
		return patchHost(stateOf(args), streams.In, streams.Out)
	case "confirm":
		return confirm(stateOf(args), streams.In, streams.Out)
	case "within":
		return within(args[1:], streams)
	case "isolation":
		return printIsolation(streams.Out)
	case enterCommand:
		return enter()
	case "help", "--help", "-h":
		_, err := fmt.Fprint(streams.Out, usage)
		return err
	}
	return fmt.Errorf("there is no command %q; see gemba-worker --help", args[0])
}

// stateOf is where a host keeps what outlives a worker.
func stateOf(args []string) string {
	if len(args) == 3 && args[1] == "--state" {
		return args[2]
	}
	return host.StateDir
}
