package client

import (
	"context"

	"gemba"
	"gemba/internal/api/contract"
)

// Bake bakes a profile into a root filesystem, and calls f with each thing that happens; the last one carries the image.
func (c *Client) Bake(ctx context.Context, ask contract.Bake, f func(gemba.BakeFrame) error) error {
	return stream(ctx, c, contract.PostBake, nil, ask, func(frame gemba.BakeFrame) error {
		if frame.Failed != nil {
			return frame.Failed
		}
		return f(frame)
	})
}
