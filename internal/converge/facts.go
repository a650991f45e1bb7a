package converge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Facts asks a host what it is.
func Facts(ctx context.Context, link Link) (map[string]string, error) {
	session, err := link.Worker(ctx, "facts")
	if err != nil {
		return nil, err
	}
	defer session.Close()
	text, err := io.ReadAll(session)
	if err == nil {
		err = session.Wait()
	}
	if err != nil {
		return nil, fmt.Errorf("asking the host what it is: %w", err)
	}
	var facts map[string]string
	if err := json.Unmarshal(text, &facts); err != nil {
		return nil, fmt.Errorf("reading what the host is: %w", err)
	}
	return facts, nil
}
