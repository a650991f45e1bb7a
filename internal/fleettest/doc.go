// Package fleettest boots real Debian 12 hosts for tests: each has systemd as
// its first process, sshd, D-Bus, an address and a disk of its own. They are
// containers of this machine, so a host costs about a second and 25 MB.
//
//	func TestNginxIsServed(t *testing.T) {
//		fleet := fleettest.Boot(t, 2)
//		web := fleet.Hosts[0]
//		web.Put(t, "/etc/motd", []byte("hello\n"), 0o644)
//		out, err := web.Run(t.Context(), "systemctl", "is-active", "ssh")
//		…
//		web.Cut(t)  // now nobody reaches it by the network; Run still does
//		web.Mend(t)
//	}
//
// A test speaks to a host as its product does, by SSH as root with Fleet.Key
// at Host.Address; Run and Put are the way beside the network, for looking and
// preparing. Hosts reach the internet, for packages, and each other.
//
// All tests of a person share one base that debootstrap makes on first use, in
// about 90 seconds, under the user's cache directory. Several test processes
// may boot hosts at the same time. Hosts go when their test ends; those of a
// process that was killed go at the next Boot. The bridge gembafleet and the
// rule that lets packages through stay.
//
// It needs root, systemd-nspawn, debootstrap, ip and iptables. Where one is
// missing the test is skipped, or fails when GEMBA_REQUIRE_FLEET is set.
package fleettest
