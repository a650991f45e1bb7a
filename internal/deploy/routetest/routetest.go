// Package routetest is the conformance suite of deploy.Router: what every
// router has to do, asked over real connections to loopback.
package routetest

import (
	"testing"

	"gemba/internal/deploy"
)

// Run runs the suite against a router that is shared by all its tests; each
// makes routes of its own and removes them.
func Run(t *testing.T, router deploy.Router) {
	tests := []struct {
		name string
		run  func(*testing.T, deploy.Router)
	}{
		{"a new route leads nowhere and says so", newRoute},
		{"the same route again changes nothing", sameRouteAgain},
		{"a route can move to another port", movedRoute},
		{"a removed route is closed", removedRoute},
		{"what is not known is not found", unknownRoute},
		{"what cannot be is refused", invalid},
		{"a port has one route", portOfAnotherRoute},
		{"a port of another program is a conflict and disturbs nobody", portOfAnotherProgram},
		{"a switch leads the next request to the new release", switched},
		{"a switch under load fails no request and mixes no releases", switchUnderLoad},
		{"a release is drained when its last request has ended", draining},
		{"upgraded connections count with the release that they were opened on", upgraded},
		{"requests and failures are counted per release", traffic},
		{"a client that goes away is not a failure", clientGone},
		{"an answer that is cut short is a failure", cutShort},
		{"a dead upstream is a failure within bounds", deadUpstream},
		{"a request waits for an upstream that restarts", restartingUpstream},
		{"a request that could not be delivered follows the switch", followsSwitch},
		{"files are served as they are in the release", files},
		{"a switch between files mixes no releases", filesSwitched},
		{"what a release must not show is not there", hiddenFiles},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, router)
		})
	}
}
