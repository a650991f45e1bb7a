package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"gemba/internal/resource"
)

const (
	largestOutput = 1 << 20 // bytes that are kept of what a command prints
	lastWords     = 4 << 10 // bytes of what a command that failed said
)

// Run implements resource.System. What the command started ends with it when it is given up.
func (h *Host) Run(ctx context.Context, c resource.Command) (resource.Output, error) {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	command := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	command.Dir = c.Dir
	if command.Dir == "" {
		command.Dir = "/"
	}
	command.Env = append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"}, c.Env...)
	if h.baked { // programs that would ask systemd are told that there is none
		command.Env = append(command.Env, "SYSTEMD_OFFLINE=1")
	}
	if strings.IndexByte(c.Argv[0], '/') < 0 { // the worker's own PATH says nothing
		command.Path, command.Err = lookPath(c.Argv[0])
	}
	if c.Stdin != nil {
		command.Stdin = bytes.NewReader(c.Stdin)
	}
	var out, said limited
	command.Stdout, command.Stderr = &out, &said
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	if err := h.as(c.User, command); err != nil {
		return resource.Output{}, err
	}
	err := command.Run()
	output := resource.Output{Stdout: out.Bytes(), Stderr: said.Bytes()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && c.Timeout > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return output, fmt.Errorf("%s did not end in %s", strings.Join(c.Argv, " "), c.Timeout)
	case errors.As(err, &exit):
		words := said.Bytes()
		return output, &resource.ExitError{Argv: c.Argv, Code: exit.ExitCode(), Stderr: words[max(0, len(words)-lastWords):]}
	case errors.Is(err, exec.ErrNotFound):
		return output, fmt.Errorf("there is no program %s: %w", c.Argv[0], fs.ErrNotExist)
	case err != nil:
		return output, fmt.Errorf("running %s: %w", c.Argv[0], err)
	}
	return output, nil
}

func lookPath(name string) (string, error) {
	for _, dir := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if path, err := exec.LookPath(dir + "/" + name); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// as makes a command run as another user, with the groups that a login would give.
func (h *Host) as(user string, command *exec.Cmd) error {
	if user == "" || user == "root" {
		return nil
	}
	accounts, err := h.Accounts()
	if err != nil {
		return err
	}
	account, ok := accounts.User(user)
	if !ok {
		return fmt.Errorf("there is no user %q to run %s as", user, command.Args[0])
	}
	credential := &syscall.Credential{Uid: uint32(account.UID), Gid: uint32(account.GID)}
	for _, g := range accounts.Groups {
		for _, member := range g.Members {
			if member == user {
				credential.Groups = append(credential.Groups, uint32(g.GID))
			}
		}
	}
	command.SysProcAttr.Credential = credential
	command.Env = append(command.Env, "HOME="+account.Home, "USER="+user, "LOGNAME="+user)
	return nil
}

// limited keeps the first of what is printed, and takes the rest without keeping it.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := largestOutput - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
