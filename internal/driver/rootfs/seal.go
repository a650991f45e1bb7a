package rootfs

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"gemba/internal/wire"
)

// Seal tidies the root filesystem and hands on its tar. What is in it is told first: agree may still refuse it, and then nothing
// is read of the tar.
func (l *Link) Seal(ctx context.Context, how wire.Seal, agree func(wire.Sealed) error, to io.Writer) (wire.Sealed, error) {
	var sealed wire.Sealed
	order, err := json.Marshal(how)
	if err != nil {
		return sealed, fmt.Errorf("saying how it is sealed: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop() // a worker that nobody listens to any more has nothing to end well
	s, err := l.start(ctx, []string{"seal"})
	if err != nil {
		return sealed, err
	}
	if _, err := s.Write(append(order, '\n')); err != nil {
		return sealed, s.lost(err)
	}
	from := bufio.NewReaderSize(s, 1<<20)
	line, err := from.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &sealed)
	}
	if err != nil {
		return sealed, s.lost(err)
	}
	if err := agree(sealed); err != nil {
		stop()
		_ = s.Wait()
		return sealed, err
	}
	if _, err := io.Copy(to, from); err != nil {
		stop()
		_ = s.Wait()
		return sealed, fmt.Errorf("writing the tar: %w", err)
	}
	return sealed, s.Wait()
}

// lost is why a session ended early: what the worker said says it best.
func (s *session) lost(err error) error {
	if said := s.Wait(); said != nil {
		return said
	}
	return err
}
