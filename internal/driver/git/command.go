package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"gemba"
)

// settings keep git from running what a repository's configuration names,
// from asking the user's own configuration how a checkout looks, and from
// talking to people.
var settings = []string{
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.fsmonitor=false",
	"-c", "core.untrackedCache=false",
	"-c", "core.attributesFile=/dev/null",
	"-c", "core.autocrlf=false",
	"-c", "core.eol=lf",
	"-c", "core.quotePath=false",
	"-c", "core.sparseCheckout=false",
	"-c", "core.splitIndex=false",
	"-c", "checkout.workers=0",
	"-c", "log.showSignature=false",
	"-c", "log.showRoot=true",
	"-c", "diff.external=",
	"-c", "advice.detachedHead=false",
	"-c", "submodule.recurse=false",
	"-c", "gc.auto=0",
	"-c", "maintenance.auto=false",
}

// kept are the variables of git that say where its configuration lies and how
// it reaches a remote. All others, such as those that git gives to a hook,
// would lead it to another repository.
var kept = []string{
	"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
	"GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_EXEC_PATH",
}

// environment is what every git process gets, from the environment of this process.
func environment(inherited []string) []string {
	var env []string
	for _, v := range inherited {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "GIT_") && name != "LANGUAGE" && name != "LC_ALL" {
			env = append(env, v)
			continue
		}
		for _, k := range kept {
			if name == k {
				env = append(env, v)
			}
		}
	}
	return append(env,
		"LC_ALL=C", // messages are read
		"GIT_TERMINAL_PROMPT=0",
		"GIT_OPTIONAL_LOCKS=0",
		"GIT_NO_REPLACE_OBJECTS=1", // what a hash names is what is shipped
		"GIT_LITERAL_PATHSPECS=1",
		"GIT_ALLOW_PROTOCOL=file:git:http:https:ssh",
		"GCM_INTERACTIVE=never",
	)
}

// command is one git process.
type command struct {
	dir   string   // where it runs; "" is anywhere
	env   []string // beside the common ones
	args  []string
	stdin string
}

// failure is a git process that said no.
type failure struct {
	args   []string
	code   int
	stderr string
	stdout []byte
}

func (f *failure) Error() string {
	message := strings.TrimSpace(f.stderr)
	if message == "" {
		message = fmt.Sprintf("exit code %d", f.code)
	}
	return fmt.Sprintf("git %s: %s", f.args[0], message)
}

// says reports whether git's message has one of the texts in it.
func (f *failure) says(texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(f.stderr), text) {
			return true
		}
	}
	return false
}

// run returns the standard output of a git process, or a *failure. Cancelling
// the context ends the process and what it started.
func run(ctx context.Context, c command) ([]byte, error) {
	var stdout bytes.Buffer
	err := pipe(ctx, c, &stdout)
	if f := (*failure)(nil); errors.As(err, &f) {
		f.stdout = stdout.Bytes()
	}
	return stdout.Bytes(), err
}

func pipe(ctx context.Context, c command, stdout io.Writer) error {
	cmd := exec.CommandContext(ctx, "git", append(append([]string{}, settings...), c.args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(environment(os.Environ()), c.env...)
	cmd.Stdin = strings.NewReader(c.stdin)
	cmd.Stdout = stdout
	stderr := &tail{limit: 8 << 10}
	cmd.Stderr = stderr
	// A session of its own: there is no terminal to ask on, and everything can be ended at once.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("git %s: %w", c.args[0], ctx.Err())
	}
	if errors.Is(err, exec.ErrNotFound) {
		return gemba.Fail(gemba.Unavailable, "git is not installed", "there is no program git in the PATH", "apt-get install git")
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return &failure{args: c.args, code: exit.ExitCode(), stderr: stderr.String()}
	}
	if err != nil {
		return fmt.Errorf("git %s: %w", c.args[0], err)
	}
	return nil
}

// tail keeps the last bytes written to it: git says at the end what went wrong.
type tail struct {
	limit int
	b     []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if over := len(t.b) - t.limit; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

func (t *tail) String() string { return string(t.b) }
