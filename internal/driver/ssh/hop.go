package ssh

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// hop is one sshd on the way to a host, with everything that declaration and configuration say about it.
type hop struct {
	name         string // as it was declared, or as a jump names it
	host         string // what is connected to
	port         int
	user         string
	keyAlias     string   // HostKeyAlias: the name in known_hosts; "": host
	identities   []string // private keys, or public ones whose private half an agent has
	certificates []string
	only         bool   // IdentitiesOnly: an agent's other keys are not offered
	agent        string // the agent's socket; "": none
	knownHosts   []string
	timeout      time.Duration
}

// route is the hops to a host, the host itself last.
type route []hop

func (r route) target() hop { return r[len(r)-1] }

func (h hop) address() string { return net.JoinHostPort(h.host, strconv.Itoa(h.port)) }

// account is how a person names it: the port only where it is not the usual one.
func (h hop) account() string {
	if h.port == 22 {
		return h.user + "@" + h.host
	}
	return h.user + "@" + h.address()
}

// command is a command line of a program that connects as ssh does.
func (h hop) command(words ...string) string {
	if h.port != 22 {
		words = append(words, "-p", strconv.Itoa(h.port))
	}
	return strings.Join(append(words, h.user+"@"+h.host), " ")
}

// ssh is the command line with which a person sees for themselves.
func (h hop) ssh(flags ...string) string { return h.command(append([]string{"ssh"}, flags...)...) }

func (h hop) String() string {
	if h.name == "" || h.name == h.host {
		return h.account()
	}
	return h.name + " (" + h.account() + ")"
}
