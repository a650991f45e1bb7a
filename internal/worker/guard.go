package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/converge"
	"gemba/internal/driver/host"
	"gemba/internal/wire"
)

// A guard puts back what an apply changed when nobody confirms, over a new connection, that the host can still be reached. It is this
// program in a session of its own; docs/formats/guard.md describes its files.

const (
	guardCommand = "guard"
	guardReady   = "ready\n"
)

// armGuard starts the guard of an apply before its first change, where one of the changes may cut the link. The guard knows by the
// pipe that is returned when the apply is over, however it ends; nil: none is needed.
func armGuard(state string, order wire.Order, plan gemba.HostPlan, up *upward) (io.Closer, error) {
	if order.User == "" {
		order.User = os.Getenv("SUDO_USER")
	}
	cutting := converge.Cutting(order, plan)
	if order.Guard <= 0 || len(cutting) == 0 {
		return nil, nil
	}
	armed := host.Armed{Run: order.Run, Host: order.Host, Seconds: order.Guard, Because: cutting, Units: converge.Readers(order, plan)}
	if err := host.Arm(state, armed); err != nil {
		return nil, err
	}
	life, err := launchGuard(state)
	if err != nil {
		return nil, errors.Join(err, host.Disarm(state))
	}
	up.say(wire.News{Guard: &wire.Guard{Run: order.Run, Seconds: order.Guard, Because: cutting}})
	return life, nil
}

// launchGuard starts the guard and waits until it holds its lock.
func launchGuard(state string) (io.Closer, error) {
	fail := func(err error) (io.Closer, error) { return nil, fmt.Errorf("starting the guard: %w", err) }
	life, ours, err := os.Pipe() // what the guard reads ends with this process
	if err != nil {
		return fail(err)
	}
	defer life.Close()
	ready, theirs, err := os.Pipe()
	if err != nil {
		ours.Close()
		return fail(err)
	}
	defer ready.Close()
	path, argv := guardProgram(state)
	_, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{
		Dir: "/", Files: []uintptr{life.Fd(), theirs.Fd(), theirs.Fd()},
		Env: []string{"GOMAXPROCS=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	theirs.Close()
	if err != nil {
		ours.Close()
		return fail(err)
	}
	if said, err := bufio.NewReader(ready).ReadString('\n'); said != guardReady {
		ours.Close()
		return fail(fmt.Errorf("it said %q: %w", said, err))
	}
	return ours, nil
}

// guardProgram is what starts the guard. As a service of its own it belongs to nobody's session: what ends sshd with all that it
// has started does not end the guard. Where no systemd runs, a session of its own has to do.
func guardProgram(state string) (string, []string) {
	const systemdRun = "/usr/bin/systemd-run"
	argv := []string{guardCommand, "--state", state}
	file, err := os.Readlink(self)
	_, missing := os.Stat(file)
	_, bare := os.Stat("/run/systemd/system")
	_, old := os.Stat(systemdRun)
	if errors.Join(err, missing, bare, old) != nil {
		return self, append([]string{"gemba-worker"}, argv...)
	}
	unit := "--unit=gemba-guard-" + strconv.Itoa(os.Getpid()) + "-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	return systemdRun, append([]string{"systemd-run", "--quiet", "--collect", "--pipe", unit, "--", file}, argv...)
}

// guard waits for the end of the apply, then for the confirmation, and puts everything back when it does not come.
func guard(state string, life io.Reader, ready io.Writer) error {
	signal.Ignore(syscall.SIGPIPE, syscall.SIGHUP) // whoever started it may be gone at any time
	lock, err := host.HoldGuard(state)
	if err != nil {
		return err
	}
	defer lock.Close()
	fmt.Fprint(ready, guardReady)
	_, _ = io.Copy(io.Discard, life) // the apply is over, or its worker is dead
	armed, there, err := host.Await(state, time.Now())
	if err != nil || !there {
		return err
	}
	for until := time.Now().Add(time.Duration(armed.Seconds) * time.Second); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if !host.IsArmed(state, armed.Run) {
			return nil // it was confirmed
		}
	}
	return putBack(state, armed)
}

func putBack(state string, armed host.Armed) error {
	mine, err := host.Act(state, armed.Run)
	if err != nil || !mine {
		return err
	}
	ctx := context.Background()
	release, err := host.Hold(ctx, state, "the guard of "+armed.Run, func(string) {})
	if err != nil {
		return err
	}
	defer release()
	dir, err := undoDir(state, armed.Run)
	if err != nil {
		return err
	}
	undone := host.PutBack(ctx, dir, true, armed.Units)
	undone.Why = fmt.Sprintf("nobody reached the host anew within %d s of a change that can cut the link", armed.Seconds)
	return host.Report(state, undone)
}

// confirm tells a guard that the host was reached anew. While the apply is not over it waits, and while the guard puts things back
// it waits for what became of that.
func confirm(state string, in io.Reader, out io.Writer) error {
	var ask wire.Confirm
	if err := readLine(in, &ask); err != nil {
		return err
	}
	for {
		confirmed, settled, err := host.Confirm(state, ask.Run)
		if err != nil {
			return err
		}
		if settled {
			answer := wire.Confirmed{Confirmed: confirmed}
			if !confirmed {
				if answer.Undone, err = host.TakeReport(state, ask.Run); err != nil {
					return err
				}
			}
			return json.NewEncoder(out).Encode(answer)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// takeHost takes the host once no guard waits for an earlier apply, and tells what a guard has done.
func takeHost(ctx context.Context, state, holder string, waits func(who string)) (release func(), err error) {
	for {
		release, err := host.Hold(ctx, state, holder, waits)
		if err != nil {
			return nil, err
		}
		guarded, err := host.Guarded(state)
		if err == nil && guarded == "" {
			return release, nil
		}
		release() // the guard needs the host to put things back
		if err != nil {
			return nil, err
		}
		waits("the guard of " + guarded)
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tellReport tells what a guard did since the last contact.
func tellReport(state string, up *upward) {
	if undone, err := host.TakeReport(state, ""); err == nil && undone != nil {
		up.say(wire.News{Undone: undone})
	}
}
