package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"gemba"
	"gemba/internal/api/contract"
	"gemba/internal/app"
	"gemba/internal/web"
)

// dashboard is the page's listener on loopback, behind its door.
type dashboard struct {
	address string
	door    *web.Door
	server  *http.Server
}

func openDashboard(ctx context.Context, a *app.App, declared string, log *slog.Logger) (*dashboard, error) {
	secret, kept, err := a.DashboardKeys(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := listenDashboard(declared, kept)
	if err != nil {
		return nil, gemba.Fail(gemba.Unavailable, "the dashboard cannot listen", err.Error(), "choose another address with --dashboard")
	}
	address := listener.Addr().String()
	if err := a.KeepDashboard(ctx, address); err != nil {
		return nil, err
	}
	d := &dashboard{address: "http://" + address + "/", door: web.NewDoor(secret, nil)}
	d.server = &http.Server{
		Handler:           d.door.Wrap(web.New(&source{a}, web.Options{Version: gemba.Version})),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() { _ = d.server.Serve(listener) }() // ends with close
	return d, nil
}

// listenDashboard takes the address of the last time, so that open pages find the server again.
func listenDashboard(declared, kept string) (net.Listener, error) {
	if declared == "127.0.0.1:0" && kept != "" {
		if listener, err := net.Listen("tcp", kept); err == nil {
			return listener, nil
		}
	}
	host, _, err := net.SplitHostPort(declared)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s is not a loopback address", declared)
	}
	return net.Listen("tcp", declared)
}

func (d *dashboard) link() (contract.Link, error) {
	return contract.Link{URL: d.door.Link(d.address), Expires: time.Now().Add(10 * time.Minute)}, nil
}

func (d *dashboard) close() { d.server.Close() }
