package fleettest

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
)

// Names and addresses belong to the machine, not to a person, so that seats
// are claimed in one place for all.
const seatsDir = "/var/tmp/gemba-fleet"

// maxSeats is as many hosts as one machine may have at a time.
const maxSeats = 1000

// seat is a place for one host: a number, from which its name and address
// follow, and a directory for its disk. Who holds the lock owns all of it.
type seat struct {
	number int
	lock   *lock
}

func (s seat) name() string { return fmt.Sprintf("gf%d", s.number) }
func (s seat) dir() string  { return filepath.Join(seatsDir, s.name()) }
func (s seat) root() string { return filepath.Join(s.dir(), "root") }
func (s seat) link() string { return "vb-" + s.name() } // as systemd-nspawn names it
func (s seat) address() netip.Addr {
	return netip.AddrFrom4([4]byte{10, 78, byte(1 + s.number/250), byte(1 + s.number%250)})
}

// claim takes the first free seat, cleared of whoever sat there.
func claim() (seat, error) {
	if err := os.MkdirAll(seatsDir, 0o755); err != nil {
		return seat{}, err
	}
	for n := 1; n <= maxSeats; n++ {
		s, err := take(n)
		if err != nil || s.lock == nil {
			if err != nil {
				return s, err
			}
			continue
		}
		if err := s.clear(); err != nil {
			s.lock.release()
			return s, err
		}
		return s, nil
	}
	return seat{}, fmt.Errorf("all %d are taken", maxSeats)
}

// take locks a seat, unless it is another's: then its lock is nil.
func take(number int) (seat, error) {
	s := seat{number: number}
	var err error
	s.lock, err = tryLock(filepath.Join(seatsDir, fmt.Sprintf("%d.lock", number)))
	return s, err
}

// sweep clears the seats whose owners died.
func sweep() error {
	dirs, err := filepath.Glob(filepath.Join(seatsDir, "gf*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		var number int
		if _, err := fmt.Sscanf(filepath.Base(dir), "gf%d", &number); err != nil {
			continue
		}
		s, err := take(number)
		if err != nil {
			return err
		}
		if s.lock == nil {
			continue
		}
		err = s.clear()
		s.lock.release()
		if err != nil {
			return err
		}
	}
	return nil
}

// clear ends every process of the seat and removes its disk.
func (s seat) clear() error {
	if err := s.killGroup(); err != nil {
		return fmt.Errorf("clear %s: %w", s.name(), err)
	}
	if err := s.removeLink(); err != nil {
		return err
	}
	err := syscall.Unmount(s.root(), syscall.MNT_DETACH)
	if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("unmount the disk of %s: %w", s.name(), err)
	}
	if err := os.RemoveAll(s.dir()); err != nil {
		return fmt.Errorf("remove the disk of %s: %w", s.name(), err)
	}
	return nil
}
