// Package edge is the inside of gemba-edge: Caddy as a library, with what
// Gemba adds to it.
//
// Ways in (a loopback port, a domain) are Caddy configuration. Every change of
// that makes Caddy replace its servers, so it is loaded only when it differs.
// Where a way leads is not configuration but a table (package table), which
// two modules of ours read: the handler "gemba_release" picks a target at the
// start of each request and counts the request there until it ends, and the
// upstream source "gemba" hands that same target to Caddy's reverse proxy.
//
// Caddy's registry of modules is global, so a process holds one Edge.
package edge
