package edge

import (
	"context"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddytls"
)

// awaitCertificate waits for the certificate of a name that the edge signs
// itself, so that the route answers when it is there. A public authority may
// take minutes; nobody waits for that.
func awaitCertificate(ctx context.Context, domain string) error {
	if domain == "" || !localOnly(domain) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for len(caddytls.AllMatchingCertificates(domain)) == 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
