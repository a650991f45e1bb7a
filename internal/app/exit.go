package app

import (
	"fmt"
	"time"

	"gemba"
	"gemba/internal/pipeline"
	"gemba/internal/wire"
)

// failed says why a script of a build or a test did not succeed.
func failed(exit wire.Exit, run gemba.Run, service gemba.Service, now time.Time) pipeline.Outcome {
	switch exit.Reason {
	case "timeout":
		return pipeline.Fail(gemba.BuildFailed, budget(service).Over(run, now))
	case "lost":
		return pipeline.Fail(gemba.BuildFailed, "its supervisor was killed before it ended")
	}
	return pipeline.Fail(gemba.BuildFailed, describe(exit))
}

// describe says in words how a program ended.
func describe(exit wire.Exit) string {
	if exit.LogError != "" {
		return fmt.Sprintf("%s; what it printed could not be kept: %s", ending(exit), exit.LogError)
	}
	return ending(exit)
}

func ending(exit wire.Exit) string {
	switch exit.Reason {
	case "exited":
		if exit.Code == 127 {
			return "exited with 127: a command that it names does not exist; the log says which"
		}
		return fmt.Sprintf("exited with %d", exit.Code)
	case "signalled":
		return "ended by " + exit.Signal
	case "not-started":
		return "could not be started: " + exit.Error
	case "timeout":
		return "took longer than it may"
	case "lost":
		return "its supervisor was killed"
	}
	return exit.Reason
}
