package worker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"gemba/internal/wire"
)

// The file descriptors that an init is given, after the outputs of the
// program; those of the programs beside come after them in pairs.
const (
	planFD   = 3
	reportFD = 4
	besideFD = 5
)

// startInside starts the program below an init of its own: in a sandbox
// where the machine can make one, else on the machine as it is.
func (s *supervisor) startInside() (*child, error) {
	if s.spec.Sandbox == nil {
		return s.startInit(false)
	}
	weakness := "isolation is switched off"
	if !s.spec.Sandbox.Weak {
		c, err := s.startInit(true)
		var unable *errUnable
		if !errors.As(err, &unable) {
			return c, err
		}
		weakness = unable.why
	}
	s.log.note("not isolated: %s", weakness)
	c, err := s.startInit(false)
	if err != nil {
		return nil, err
	}
	c.weakness = weakness
	return c, nil
}

func (s *supervisor) startInit(isolated bool) (*child, error) {
	p, err := s.plan(isolated)
	if err != nil {
		return nil, err
	}
	if err := p.giveWritable(); err != nil {
		return nil, err
	}
	c := &child{isolated: isolated, ended: make(chan struct{})}
	writers, err := c.openStreams(s.log, p.Beside, p.UID, p.GID)
	if err != nil {
		return nil, err
	}
	defer closeAll(writers)
	pid, from, err := p.start(writers)
	if err != nil {
		closeAll(writers)
		c.finish(drainPatience)
		return nil, err
	}
	c.pid, c.reports = pid, readReports(from, s.log)
	go c.wait()
	closeAll(writers)
	if err := c.reports.entered(); err != nil {
		<-c.ended
		c.finish(drainPatience)
		return nil, err
	}
	return c, nil
}

// start starts the init of p with the outputs given and returns where it reports to.
func (p *plan) start(writers []*os.File) (pid int, from *os.File, err error) {
	file, err := p.file()
	if err != nil {
		return 0, nil, err
	}
	defer file.Close()
	from, to, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	defer to.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		from.Close()
		return 0, nil, err
	}
	defer null.Close()
	files := []uintptr{null.Fd(), writers[0].Fd(), writers[1].Fd(), file.Fd(), to.Fd()}
	for _, writer := range writers[2:] {
		files = append(files, writer.Fd())
	}
	pid, err = syscall.ForkExec(self, []string{"gemba-worker", enterCommand}, &syscall.ProcAttr{
		Dir: "/", Env: []string{p.Mark}, Files: files, Sys: p.namespaces(),
	})
	if err != nil {
		from.Close()
		if p.World != nil {
			return 0, nil, &errUnable{why: fmt.Sprintf("the machine gives no namespaces: %v", err)}
		}
		return 0, nil, fmt.Errorf("start the init: %w", err)
	}
	return pid, from, nil
}

// namespaces says how the init is cloned. It asks for its death signal
// itself: in a process namespace it cannot see its parent, and the runtime's
// test for a parent that died meanwhile would be wrong.
func (p *plan) namespaces() *syscall.SysProcAttr {
	sys := &syscall.SysProcAttr{Setsid: true}
	if p.World == nil {
		return sys
	}
	sys.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	if !p.World.Network {
		sys.Cloneflags |= unix.CLONE_NEWNET
	}
	if p.User {
		sys.Cloneflags |= unix.CLONE_NEWUSER
		sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: p.UID, HostID: p.UID, Size: 1}}
		sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: p.GID, HostID: p.GID, Size: 1}}
		// Without being its root, the init keeps only these over its exec.
		sys.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_SETPCAP, unix.CAP_DAC_OVERRIDE, unix.CAP_KILL}
	}
	return sys
}

// giveWritable makes the directories that the program may write to its own.
func (p *plan) giveWritable() error {
	if p.World == nil || p.UID == os.Geteuid() {
		return nil
	}
	for _, m := range p.World.Write {
		if err := giveTree(m.Source, p.UID, p.GID); err != nil {
			return fmt.Errorf("give %s to user %d: %w", m.Source, p.UID, err)
		}
	}
	return nil
}

// giveTree changes the owner of everything below root, unless root has it already.
func giveTree(root string, uid, gid int) error {
	var stat unix.Stat_t
	if err := unix.Lstat(root, &stat); err != nil {
		return err
	}
	if int(stat.Uid) == uid {
		return nil
	}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
	if err != nil {
		return err
	}
	// Last, so that what was interrupted is done again.
	return os.Lchown(root, uid, gid)
}

// probe says whether this machine can isolate, by doing it.
func probe() wire.Isolation {
	base, err := os.MkdirTemp("", "gemba-isolation-")
	if err != nil {
		return wire.Isolation{Weakness: err.Error()}
	}
	defer os.Remove(base)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return wire.Isolation{Weakness: err.Error()}
	}
	defer null.Close()
	p := plan{Base: base, Probe: true}
	p.enclose(wire.Sandbox{})
	pid, from, err := p.start([]*os.File{null, null})
	if err == nil {
		err = readReports(from, nil).entered()
		_, _ = unix.Wait4(pid, nil, 0, nil)
	}
	if err != nil {
		return wire.Isolation{Weakness: err.Error()}
	}
	return wire.Isolation{Isolated: true}
}
