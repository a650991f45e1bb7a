// Package probe asks processes whether they work, over HTTP and TCP, and
// fetches their own metrics.
package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"gemba"
	"gemba/internal/monitor"
)

// Prober is a monitor.Prober. Every question has a connection of its own: it
// shows that the process takes new ones, and leaves none open that a process
// which drains would have to wait for.
type Prober struct {
	client  *http.Client
	dialer  net.Dialer
	timeout time.Duration
}

var _ monitor.Prober = (*Prober)(nil)

// bodyLimit is how much of a health check's answer is looked at for a text.
const bodyLimit = 1 << 20

// New returns a prober whose questions take at most timeout, where the check
// has no timeout of its own.
func New(timeout time.Duration) *Prober {
	return &Prober{
		timeout: timeout,
		client: &http.Client{
			Transport: &http.Transport{
				DisableKeepAlives:      true,
				MaxResponseHeaderBytes: 64 << 10,
				// No Proxy: what is asked is the process itself.
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Probe implements monitor.Prober.
func (p *Prober) Probe(ctx context.Context, target monitor.Target) monitor.Answer {
	timeout := p.timeout
	if target.Check.Timeout > 0 {
		timeout = time.Duration(target.Check.Timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	began := time.Now()
	err := p.ask(ctx, target)
	answer := monitor.Answer{At: began, Good: err == nil, Duration: time.Since(began)}
	if err != nil {
		answer.Reason = reason(err, timeout)
	}
	return answer
}

func (p *Prober) ask(ctx context.Context, target monitor.Target) error {
	if target.URL != "" {
		return p.askHTTP(ctx, target.URL, target.Check)
	}
	return p.askTCP(ctx, target.Address)
}

func (p *Prober) askTCP(ctx context.Context, address string) error {
	conn, err := p.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// askHTTP wants a status, of an answer whose body is read only when a text
// has to be in it.
func (p *Prober) askHTTP(ctx context.Context, url string, check gemba.Check) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "gemba-probe")
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if !expected(response.StatusCode, check.Expect) {
		return fmt.Errorf("answered %d", response.StatusCode)
	}
	if check.Contains == "" {
		return nil
	}
	return contains(response.Body, check.Contains)
}

// expected holds a status against the one declared; without one, 200 to 399 will do.
func expected(status, declared int) bool {
	if declared != 0 {
		return status == declared
	}
	return status >= 200 && status <= 399
}

func contains(body io.Reader, text string) error {
	read, err := io.ReadAll(io.LimitReader(body, bodyLimit))
	if err != nil {
		return err
	}
	if strings.Contains(string(read), text) {
		return nil
	}
	if len(read) == bodyLimit {
		return fmt.Errorf("answered without %q in the first %d bytes", text, bodyLimit)
	}
	return fmt.Errorf("answered without %q", text)
}

// reason says in a few words why a question was not answered well.
func reason(err error, timeout time.Duration) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "broken off"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("no answer within %s", timeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed before the answer was whole"
	}
	return err.Error()
}
