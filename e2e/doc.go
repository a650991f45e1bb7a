// Package e2e proves the whole with the real executables: real repositories,
// processes, sockets and pages; kills, full disks and lost servers.
package e2e
