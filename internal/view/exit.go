package view

import (
	"errors"
	"fmt"
	"strings"

	"gemba"
)

// Exit is one way in which a command ends.
type Exit struct {
	Code    int
	Words   string // as the last line of a run says it
	Meaning string // as the reference explains it
}

// The exit codes.
const (
	ExitGood      = 0
	ExitError     = 1
	ExitInvalid   = 2
	ExitBuild     = 3
	ExitPutBack   = 4
	ExitVerify    = 5
	ExitCancelled = 6
	ExitAsking    = 7
	ExitDetached  = 8
)

// Exits is the table of all exit codes, in order. docs/reference/exit-codes.md is made from it.
func Exits() []Exit {
	return []Exit{
		{ExitGood, "shipped", "It is done: shipped, or there was nothing to do because it was there already."},
		{ExitError, "error", "The work could not be done. The message says why and what to try."},
		{ExitInvalid, "invalid", "The command line or the declaration is wrong. Nothing was begun."},
		{ExitBuild, "build failed", "The build failed, a test failed, or both took longer than the budget. Nothing was deployed."},
		{ExitPutBack, "put back", "A release did not become healthy. It was removed again; the release before it serves."},
		{ExitVerify, "verify failed", "A release was deployed and healthy, but gave a wrong answer. The line stopped there."},
		{ExitCancelled, "cancelled", "Somebody cancelled the run."},
		{ExitAsking, "a question waits", "It is not known how a step that must not run twice ended. The run waits until a person says."},
		{ExitDetached, "detached", "The command stopped watching. The run goes on without it."},
	}
}

// ExitOf is how a command that followed a run to this point ends.
func ExitOf(run gemba.Run) Exit {
	code := ExitDetached
	switch run.Verdict {
	case gemba.Shipped, gemba.Unchanged:
		code = ExitGood
	case gemba.BuildFailed:
		code = ExitBuild
	case gemba.PutBack:
		code = ExitPutBack
	case gemba.VerifyFailed:
		code = ExitVerify
	case gemba.RunCancelled:
		code = ExitCancelled
	case gemba.RunErrored:
		code = ExitError
	default:
		if run.State == gemba.Asking {
			code = ExitAsking
		}
	}
	exit := Exits()[code]
	switch {
	case run.Verdict == gemba.Unchanged:
		exit.Words = "unchanged"
	case run.Verdict == gemba.Shipped && run.Kind == rollback:
		exit.Words = "rolled back"
	}
	return exit
}

// ExitOfError is how a command ends that returned err.
func ExitOfError(err error) Exit {
	var e *gemba.Error
	switch {
	case err == nil:
		return Exits()[ExitGood]
	case errors.As(err, &e) && e.Code == gemba.Invalid:
		return Exits()[ExitInvalid]
	}
	return Exits()[ExitError]
}

// ExitCodesPage is the reference page, in Markdown.
func ExitCodesPage() string {
	var b strings.Builder
	b.WriteString("# Exit codes\n\n")
	b.WriteString("<!-- Made from internal/view/exit.go by `go test ./internal/view -update`. -->\n\n")
	b.WriteString("Each command ends with one of these. `gemba ship`, `gemba up` and `gemba rollback` say the words\n")
	b.WriteString("of a code that is not 0 in their last line: `exit 4: put back after 1 min 2 s`.\n\n")
	b.WriteString("| code | words | meaning |\n|---:|---|---|\n")
	for _, e := range Exits() {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", e.Code, e.Words, e.Meaning)
	}
	return b.String()
}
