// Package client is the one client of the server's HTTP interface.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/api/contract"
)

// Client speaks to one server over its unix socket.
type Client struct {
	http      *http.Client
	endpoints map[string]contract.Endpoint
}

// New returns a client; nothing is dialled yet.
func New(socket string) *Client {
	c := &Client{endpoints: map[string]contract.Endpoint{}}
	for _, e := range contract.Endpoints() {
		c.endpoints[e.Name] = e
	}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	return c
}

// Server returns the server that answers.
func (c *Client) Server(ctx context.Context) (gemba.Server, error) {
	return call[gemba.Server](ctx, c, contract.GetServer, nil, nil)
}

// Status returns what runs where.
func (c *Client) Status(ctx context.Context) (gemba.Status, error) {
	return call[gemba.Status](ctx, c, contract.GetStatus, nil, nil)
}

// Ship accepts a commit and returns its run.
func (c *Client) Ship(ctx context.Context, ship contract.Ship) (gemba.Run, error) {
	return call[gemba.Run](ctx, c, contract.PostRun, nil, ship)
}

// Run returns one run.
func (c *Client) Run(ctx context.Context, id int64) (gemba.Run, error) {
	return call[gemba.Run](ctx, c, contract.GetRun, values{"id": number(id)}, nil)
}

// Runs returns the newest runs.
func (c *Client) Runs(ctx context.Context, service string, limit int) ([]gemba.Run, error) {
	return call[[]gemba.Run](ctx, c, contract.ListRuns, values{"service": service, "limit": number(int64(limit))}, nil)
}

// Stream calls f with every frame of a run until the run is over or asks.
func (c *Client) Stream(ctx context.Context, id int64, f func(gemba.Frame) error) error {
	settled := false
	err := stream(ctx, c, contract.StreamRun, values{"id": number(id)}, nil, func(frame gemba.Frame) error {
		settled = frame.Run != nil && (frame.Run.State.Over() || frame.Run.State == gemba.Asking)
		return f(frame)
	})
	if err == nil && !settled {
		return stopped("it ended in the middle of a run") // a server that stops closes its streams in good order
	}
	return err
}

// Cancel ends a run.
func (c *Client) Cancel(ctx context.Context, id int64) error {
	_, err := call[contract.Empty](ctx, c, contract.CancelRun, values{"id": number(id)}, nil)
	return err
}

// Answer tells a run that asks how its step ended.
func (c *Client) Answer(ctx context.Context, id int64, outcome string) error {
	_, err := call[contract.Empty](ctx, c, contract.AnswerRun, values{"id": number(id)}, contract.Answer{Outcome: outcome})
	return err
}

// Tests returns the single test results of a run.
func (c *Client) Tests(ctx context.Context, id int64) ([]gemba.TestResult, error) {
	return call[[]gemba.TestResult](ctx, c, contract.GetTests, values{"id": number(id)}, nil)
}

// Logs selects lines of logs; see the endpoint's parameters.
type Logs struct {
	Service, Environment, Process string
	Run                           int64
	Step                          string
	Lines                         int
	Follow                        bool
}

// Logs calls f with every line that is selected.
func (c *Client) Logs(ctx context.Context, l Logs, f func(gemba.LogLine) error) error {
	return stream(ctx, c, contract.GetLogs, values{
		"service": l.Service, "environment": l.Environment, "process": l.Process, "run": number(l.Run), "step": l.Step,
		"lines": number(int64(l.Lines)), "follow": flag(l.Follow),
	}, nil, f)
}

// Releases returns those that were placed in an environment, latest first.
func (c *Client) Releases(ctx context.Context, environment, service string, limit int) ([]gemba.Deployment, error) {
	return call[[]gemba.Deployment](ctx, c, contract.ListReleases, values{"environment": environment, "service": service, "limit": number(int64(limit))}, nil)
}

// Rollback brings an earlier release back and returns the run that does it.
func (c *Client) Rollback(ctx context.Context, r contract.Rollback) (gemba.Run, error) {
	return call[gemba.Run](ctx, c, contract.PostRollback, nil, r)
}

// Accept makes a commit's environments, pipelines and secrets those that govern.
func (c *Client) Accept(ctx context.Context, a contract.Accept) (contract.Accepted, error) {
	return call[contract.Accepted](ctx, c, contract.PostAccept, nil, a)
}

// Events selects events of the ledger; see the endpoint's parameters.
type Events struct {
	After, Before, Run int64
	Kind, Subject      string
	Limit              int
	Newest             bool
}

// Events returns the events that are selected, in order.
func (c *Client) Events(ctx context.Context, q Events) ([]gemba.Event, error) {
	return call[[]gemba.Event](ctx, c, contract.ListEvents, values{
		"after": number(q.After), "before": number(q.Before), "run": number(q.Run), "kind": q.Kind, "subject": q.Subject,
		"limit": number(int64(q.Limit)), "newest": flag(q.Newest),
	}, nil)
}

// VerifyLedger proves the ledger.
func (c *Client) VerifyLedger(ctx context.Context) (contract.LedgerReport, error) {
	return call[contract.LedgerReport](ctx, c, contract.VerifyLedger, nil, nil)
}

// Link returns a link into the dashboard that works once.
func (c *Client) Link(ctx context.Context) (contract.Link, error) {
	return call[contract.Link](ctx, c, contract.PostLink, nil, nil)
}

// Down stops what runs here.
func (c *Client) Down(ctx context.Context) (contract.Stopped, error) {
	return call[contract.Stopped](ctx, c, contract.PostDown, nil, nil)
}

// Reexec makes the server another executable of itself.
func (c *Client) Reexec(ctx context.Context, path string) error {
	_, err := call[contract.Empty](ctx, c, contract.PostReexec, nil, contract.Reexec{Path: path})
	return err
}

// Stop ends the server; services run on.
func (c *Client) Stop(ctx context.Context) error {
	_, err := call[contract.Empty](ctx, c, contract.PostStop, nil, nil)
	return err
}

type values map[string]string

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func flag(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func call[T any](ctx context.Context, c *Client, name string, v values, body any) (T, error) {
	var answer T
	response, err := c.send(ctx, name, v, body)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("reading the server's answer: %w", err)
	}
	return answer, nil
}

func stream[T any](ctx context.Context, c *Client, name string, v values, body any, f func(T) error) error {
	response, err := c.send(ctx, name, v, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for dec := json.NewDecoder(response.Body); ; {
		var item T
		switch err := dec.Decode(&item); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return stopped(err.Error())
		}
		if err := f(item); err != nil {
			return err
		}
	}
}

func stopped(why string) error {
	return gemba.Fail(gemba.Unavailable, "the server stopped answering", why, "run the command again: what was under way goes on by itself")
}

func (c *Client) send(ctx context.Context, name string, v values, body any) (*http.Response, error) {
	e := c.endpoints[name]
	path, query := e.Path, url.Values{}
	for key, value := range v {
		if strings.Contains(path, "{"+key+"}") {
			path = strings.ReplaceAll(path, "{"+key+"}", url.PathEscape(value))
		} else if value != "" {
			query.Set(key, value)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encoding a request: %w", err)
		}
		payload = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, e.Method, "http://gemba"+path, payload)
	if err != nil {
		return nil, fmt.Errorf("making a request: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, gemba.Fail(gemba.Unavailable, "the server does not answer", err.Error(), "run the command again; it starts a server when none runs")
	}
	if response.StatusCode >= 300 {
		defer response.Body.Close()
		failure := &gemba.Error{Code: gemba.Internal}
		if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(failure); err != nil || failure.What == "" {
			failure.What = "the server answered " + response.Status
		}
		return nil, failure
	}
	return response, nil
}

// Converge looks at hosts, or brings them to what is declared, and calls f with each thing that happens.
func (c *Client) Converge(ctx context.Context, ask contract.Converge, f func(gemba.HostFrame) error) error {
	return stream(ctx, c, contract.PostConverge, nil, ask, f)
}

// Undo puts back what an applied plan replaced or removed, and calls f with each thing that happens.
func (c *Client) Undo(ctx context.Context, ask contract.Undo, f func(gemba.HostFrame) error) error {
	return stream(ctx, c, contract.PostUndo, nil, ask, f)
}

// Patch updates hosts, and calls f with each thing that happens.
func (c *Client) Patch(ctx context.Context, ask contract.Patch, f func(gemba.HostFrame) error) error {
	return stream(ctx, c, contract.PostPatch, nil, ask, f)
}

// Hosts returns what is known of every host.
func (c *Client) Hosts(ctx context.Context) ([]gemba.HostState, error) {
	return call[[]gemba.HostState](ctx, c, contract.ListHosts, nil, nil)
}

// AddHost makes a host known.
func (c *Client) AddHost(ctx context.Context, ask contract.AddHost) (contract.AddedHost, error) {
	return call[contract.AddedHost](ctx, c, contract.PostHost, nil, ask)
}
