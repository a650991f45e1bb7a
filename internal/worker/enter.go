package worker

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// enterCommand is the argument by which a supervisor starts an init.
const enterCommand = "enter"

// initProcess is the first process of a sandbox: it builds the world, starts
// the programs, hands signals on, takes the exits of orphans, and takes
// everything with it when it ends.
type initProcess struct {
	plan    plan
	reports *reporter
	signals chan os.Signal
	world   *syscall.Credential // the user of the programs; nil: this one
	beside  map[int]string      // names by process
}

// enter is an init's whole life. What goes wrong is reported to the supervisor.
func enter() error {
	// Privileges and the death signal belong to a thread.
	runtime.LockOSThread()
	i := &initProcess{signals: make(chan os.Signal, 4), beside: make(map[int]string)}
	signal.Notify(i.signals, syscall.SIGTERM, syscall.SIGINT)
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	if err := unix.CloseRange(planFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	i.reports = &reporter{to: os.NewFile(reportFD, "reports")}
	var err error
	if i.plan, err = readPlan(os.NewFile(planFD, "plan")); err != nil {
		return i.reports.send(report{Kind: reportInvalid, Text: err.Error()})
	}
	if err := i.settle(); err != nil {
		return i.reports.send(refusal(err))
	}
	// A supervisor that died before the death signal was asked for does not read.
	if err := i.reports.send(report{Kind: reportEntered}); err != nil || i.plan.Probe {
		return err
	}
	exit, err := i.run()
	i.killAll()
	if err != nil {
		return i.reports.send(report{Kind: reportNotStarted, Text: err.Error()})
	}
	return i.reports.send(report{Kind: reportEnded, Exit: &exit})
}

// refusal tells a wish that cannot be granted from a machine that cannot grant it.
func refusal(err error) report {
	var wish *wishError
	if errors.As(err, &wish) {
		return report{Kind: reportInvalid, Text: err.Error()}
	}
	return report{Kind: reportUnable, Text: err.Error()}
}

// settle builds the world and gives up every right that the programs must not have.
func (i *initProcess) settle() error {
	if i.plan.World == nil {
		return nil
	}
	if err := buildWorld(i.plan); err != nil {
		return err
	}
	i.plan.Env = i.plan.withHome(i.plan.Env)
	for b := range i.plan.Beside {
		i.plan.Beside[b].Env = i.plan.withHome(i.plan.Beside[b].Env)
	}
	if !i.plan.User {
		i.world = &syscall.Credential{Uid: uint32(i.plan.UID), Gid: uint32(i.plan.GID)}
	}
	return dropPrivileges()
}

// run starts what is beside, then the program, and returns how that ended.
func (i *initProcess) run() (wire.Exit, error) {
	for n, b := range i.plan.Beside {
		if err := i.startBeside(n, b); err != nil {
			return wire.Exit{}, fmt.Errorf("%s, beside: %w", b.Name, err)
		}
	}
	p, err := findProgram(i.plan.Argv, i.plan.Script, i.plan.WorkDir, i.plan.Env)
	if err != nil {
		return wire.Exit{}, err
	}
	defer p.close()
	p.env = append(p.env, i.plan.Mark)
	pid, err := p.start(os.Stdout, os.Stderr, i.attributes())
	if err != nil {
		return wire.Exit{}, err
	}
	go func() {
		for range i.signals {
			_ = unix.Kill(-pid, unix.SIGTERM)
		}
	}()
	return i.waitFor(pid)
}

func (i *initProcess) attributes() *syscall.SysProcAttr {
	sys := &syscall.SysProcAttr{Setsid: true, Credential: i.world}
	if i.plan.World == nil {
		sys.Pdeathsig = syscall.SIGKILL // in a process namespace, the kernel sees to it
	}
	return sys
}

// waitFor takes exits until that of main.
func (i *initProcess) waitFor(main int) (wire.Exit, error) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return wire.Exit{}, fmt.Errorf("wait for the program: %w", err)
		case pid == main:
			return exitOf(status), nil
		case i.beside[pid] != "":
			i.reports.note("%s, beside, %s", i.beside[pid], describe(exitOf(status)))
			delete(i.beside, pid)
		}
	}
}

// killAll ends what is beside. In a process namespace that is everything
// that is left; else the supervisor sees to what left its group.
func (i *initProcess) killAll() {
	if i.plan.World != nil {
		_ = unix.Kill(-1, unix.SIGKILL)
		return
	}
	for pid := range i.beside {
		_ = unix.Kill(-pid, unix.SIGKILL)
	}
}
