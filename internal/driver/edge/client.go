// Package edge speaks to gemba-edge over its control socket. It implements
// deploy.Router, and links nothing of the edge's inside.
package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"gemba"
	"gemba/internal/deploy"
	"gemba/internal/edge/control"
)

const (
	// patience is how long a call waits for an edge that is being restarted.
	patience = 5 * time.Second
	retry    = 50 * time.Millisecond
	// answerLimit bounds an answer, in bytes.
	answerLimit = 16 << 20
)

// Client is an edge, seen from Gemba. It is safe for concurrent use. Every
// call says what shall be, never what to change, so a call that was
// interrupted by the edge's death is made again.
type Client struct {
	http *http.Client
}

// Dial returns a client for the edge on a socket; it connects when it is first used.
func Dial(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Ready waits until the edge answers and speaks this protocol, or ctx ends.
func (c *Client) Ready(ctx context.Context) error {
	_, err := c.status(ctx)
	for gemba.CodeOf(err) == gemba.Unavailable && ctx.Err() == nil {
		_, err = c.status(ctx)
	}
	return err
}

// Status says how the edge is.
func (c *Client) Status(ctx context.Context) (control.Status, error) { return c.status(ctx) }

func (c *Client) status(ctx context.Context) (control.Status, error) {
	var s control.Status
	err := c.call(ctx, http.MethodGet, control.StatusPath(), nil, &s)
	if err == nil && s.Version != control.Version {
		err = gemba.Fail(gemba.Conflict, "the edge speaks another version of the protocol",
			fmt.Sprintf("it speaks %d, this Gemba %d", s.Version, control.Version), "gemba down, then gemba up")
	}
	return s, err
}

// Route implements deploy.Router.
func (c *Client) Route(ctx context.Context, route deploy.Route) error {
	return c.call(ctx, http.MethodPut, control.RoutePath(route.Name), route, nil)
}

// Unroute implements deploy.Router.
func (c *Client) Unroute(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, control.RoutePath(name), nil, nil)
}

// Switch implements deploy.Router.
func (c *Client) Switch(ctx context.Context, name string, target deploy.Target) error {
	return c.call(ctx, http.MethodPut, control.TargetPath(name), target, nil)
}

// Target implements deploy.Router.
func (c *Client) Target(ctx context.Context, name string) (deploy.Target, error) {
	var target deploy.Target
	err := c.call(ctx, http.MethodGet, control.TargetPath(name), nil, &target)
	return target, err
}

// InFlight implements deploy.Router.
func (c *Client) InFlight(ctx context.Context, name string, release gemba.ReleaseID) (int, error) {
	var count control.Count
	err := c.call(ctx, http.MethodGet, control.InFlightPath(name, release), nil, &count)
	return count.Requests, err
}

// Traffic implements deploy.Router.
func (c *Client) Traffic(ctx context.Context, name string) (map[gemba.ReleaseID]deploy.Traffic, error) {
	var traffic control.Traffic
	err := c.call(ctx, http.MethodGet, control.TrafficPath(name), nil, &traffic)
	return traffic, err
}

// call makes one call, again and again while the edge does not answer, within patience.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	body, err := encode(in)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	for {
		answer, err := c.once(ctx, method, path, body)
		if err == nil {
			return answer.into(out)
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return &gemba.Error{Code: gemba.Unavailable, What: "the edge does not answer", Err: err, Try: "gemba up"}
		}
		if !pause(ctx, retry) {
			return &gemba.Error{Code: gemba.Unavailable, What: "the edge does not answer", Err: err, Try: "gemba up"}
		}
	}
}

// answer is a whole answer of the edge.
type answer struct {
	status int
	body   []byte
}

func (c *Client) once(ctx context.Context, method, path string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://edge"+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("asking the edge: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	return answer{resp.StatusCode, data}, err
}

// into decodes what was asked for, or returns the edge's error.
func (a answer) into(out any) error {
	if a.status != http.StatusOK {
		var e gemba.Error
		if err := json.Unmarshal(a.body, &e); err != nil || e.What == "" {
			return a.strange(err)
		}
		return &e
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return a.strange(err)
	}
	return nil
}

func (a answer) strange(err error) error {
	return &gemba.Error{Code: gemba.Internal, What: fmt.Sprintf("the edge gave an answer that is not its own (status %d)", a.status),
		Why: "something else may listen on its socket", Err: err}
}

func encode(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding a request to the edge: %w", err)
	}
	return body, nil
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
