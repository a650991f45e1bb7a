package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gemba"
	"gemba/internal/driver/probe"
	"gemba/internal/monitor"
)

// asker puts health checks to processes: the same questions, asked in the same way, as watching does later.
type asker struct{ prober *probe.Prober }

func newAsker() *asker { return &asker{probe.New(2 * time.Second)} }

// Ask implements deploy.Prober.
func (q *asker) Ask(ctx context.Context, check gemba.Check, address string) error {
	target := monitor.Target{Address: address, Check: check}
	question := "a connection to " + address
	if check.Kind == gemba.CheckHTTP {
		target.URL = "http://" + address + check.Path
		question = "GET " + check.Path
	}
	if answer := q.prober.Probe(ctx, target); !answer.Good {
		return fmt.Errorf("%s %s", question, worded(answer.Reason))
	}
	return nil
}

func worded(reason string) string {
	if strings.HasPrefix(reason, "answered") {
		return reason
	}
	return "failed: " + reason
}

// askDomain asks for a page of a declared domain at the edge of this machine, whatever the name resolves to elsewhere. The
// certificate must be for the name; who issued it is not this question.
func (a *App) askDomain(ctx context.Context, check gemba.Check, domain string) error {
	port := a.options.HTTPSPort
	if port == 0 {
		port = 443
	}
	client := &http.Client{Transport: &http.Transport{
		DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			dialer := &tls.Dialer{Config: &tls.Config{ServerName: domain, InsecureSkipVerify: true, VerifyConnection: func(state tls.ConnectionState) error {
				return state.PeerCertificates[0].VerifyHostname(domain)
			}}}
			return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		},
		DisableKeepAlives: true,
	}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+domain+check.Path, nil)
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("GET %s failed: %w", check.Path, err)
	}
	defer response.Body.Close()
	if good := check.Expect == response.StatusCode || check.Expect == 0 && response.StatusCode < 400; !good {
		return fmt.Errorf("GET %s answered %d", check.Path, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("GET %s: reading the answer: %w", check.Path, err)
	}
	if !strings.Contains(string(body), check.Contains) {
		return fmt.Errorf("GET %s answered without %q", check.Path, check.Contains)
	}
	return nil
}
