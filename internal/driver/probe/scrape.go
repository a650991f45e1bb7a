package probe

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"gemba/internal/monitor"
)

// textLimit is how large a process's own metrics may be, uncompressed.
const textLimit = 10 << 20

// accept asks for the formats that can be kept, the best first (Prometheus,
// "Content negotiation").
const accept = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
	"application/openmetrics-text;version=0.0.1;q=0.5," +
	"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
	"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

// Scrape implements monitor.Prober.
func (p *Prober) Scrape(ctx context.Context, target monitor.Target) (monitor.Text, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	text, err := p.fetch(ctx, target.Metrics)
	if err != nil {
		return monitor.Text{}, fmt.Errorf("fetch %s: %w", target.Metrics, err)
	}
	return text, nil
}

func (p *Prober) fetch(ctx context.Context, url string) (monitor.Text, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return monitor.Text{}, err
	}
	request.Header.Set("User-Agent", "gemba-probe")
	request.Header.Set("Accept", accept) // gzip is asked for and undone by net/http
	request.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(p.timeout.Seconds(), 'f', -1, 64))
	response, err := p.client.Do(request)
	if err != nil {
		return monitor.Text{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return monitor.Text{}, fmt.Errorf("answered %d", response.StatusCode)
	}
	contentType := response.Header.Get("Content-Type")
	if err := readable(contentType); err != nil {
		return monitor.Text{}, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, textLimit+1))
	if err != nil {
		return monitor.Text{}, err
	}
	if len(body) > textLimit {
		return monitor.Text{}, fmt.Errorf("answered more than %d MiB", textLimit>>20)
	}
	return monitor.Text{Body: body, ContentType: contentType}, nil
}

// readable refuses what does not claim to be metrics, before it is read.
func readable(contentType string) error {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("answered with the content type %q", contentType)
	}
	if media == "text/plain" || media == "application/openmetrics-text" {
		return nil
	}
	return fmt.Errorf("answered %s, which is no format of metrics", media)
}
