package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"

	"gemba"
)

// about says of an error at a jump host which host was to be reached.
func about(r route, i int, err error) error {
	if i == len(r)-1 {
		var e *gemba.Error
		if errors.As(err, &e) && i > 0 && e.Code == gemba.Unavailable {
			through := *e
			through.Why += ", through " + r[i-1].String()
			return &through
		}
		return err
	}
	told := &gemba.Error{Code: gemba.CodeOf(err), What: fmt.Sprintf("%s cannot be reached through %s", r.target(), r[i]), Why: err.Error(), Err: err}
	var e *gemba.Error
	if errors.As(err, &e) {
		told.Try = e.Try
	}
	return told
}

// unreachable is a connection that did not come about.
func unreachable(h hop, err error) error {
	e := &gemba.Error{Code: gemba.Unavailable, What: h.String() + " cannot be reached", Err: err}
	var name *net.DNSError
	var channel *ssh.OpenChannelError
	var timeout net.Error
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		e.Why, e.Try = "there is no address for the name "+h.host, "check the name, or give HostName for it in the ssh configuration"
	case errors.As(err, &name):
		e.Why, e.Try = "the name "+h.host+" could not be looked up ("+name.Err+")", "check this machine's network and name server"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Why, e.Try = h.address()+" refuses connections", "check the port, and on the host: systemctl status ssh"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.Why, e.Try = "there is no route to "+h.address(), "check that the host is up, and this machine's network"
	case errors.As(err, &channel):
		e.Why, e.Try = fmt.Sprintf("the jump host could not connect to %s (%s)", h.address(), channel.Message), "check from there: nc -vz "+h.host+" "+fmt.Sprint(h.port)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Why, e.Try = fmt.Sprintf("%s did not answer within %s", h.address(), h.timeout), fmt.Sprintf("check that the host is up and that no firewall drops port %d", h.port)
	default:
		e.Why, e.Try = err.Error(), h.ssh("-v")
	}
	return e
}

// failed is a handshake that did not end with a connection.
func (a *attempt) failed(err error) error {
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case a.hostKey != nil:
		return a.hostKey
	case a.late.Load() && a.methods == nil:
		return &gemba.Error{Code: gemba.Unavailable, What: a.hop.String() + " cannot be reached", Why: fmt.Sprintf("%s took the connection, but the handshake did not end within %s", a.hop.address(), a.hop.timeout), Try: a.hop.ssh("-v"), Err: err}
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &gemba.Error{Code: gemba.Unavailable, What: a.hop.String() + " cannot be reached", Why: a.hop.address() + " closed the connection during the handshake: sshd turns connections away at the moment (MaxStartups, penalties), or it is no sshd", Try: a.hop.ssh("-v"), Err: err}
	case a.methods != nil:
		return a.refused(err)
	case errors.As(err, &negotiation):
		return &gemba.Error{Code: gemba.Unavailable, What: "no handshake with " + a.hop.String(), Why: fmt.Sprintf("it offers no %s that is safe (it offers %s)", negotiation.What, strings.Join(negotiation.RequestedAlgorithms, ", ")), Try: "update sshd on the host", Err: err}
	}
	return &gemba.Error{Code: gemba.Unavailable, What: "no handshake with " + a.hop.String(), Why: err.Error(), Try: a.hop.ssh("-v"), Err: err}
}

// refused is a sign-in that the server did not accept: with what it was tried, and which keys could not be used.
func (a *attempt) refused(err error) error {
	e := &gemba.Error{Code: gemba.Forbidden, What: a.hop.String() + " refuses to sign in " + a.hop.user, Err: err}
	var why []string
	var keys []string
	for _, key := range a.tried {
		keys = append(keys, key.String())
	}
	takes := strings.Join(a.methods, ", ")
	switch {
	case !slices.Contains(a.methods, "publickey"):
		why = append(why, strings.TrimSuffix("it takes no keys, only "+takes, ", only "))
		e.Try = "allow keys there: PubkeyAuthentication yes in sshd_config"
	case len(keys) == 0:
		why = append(why, "it takes "+takes+", and there is no key to offer")
		e.Try = "name a key (IdentityFile in the ssh configuration), or start an agent: ssh-add"
	default:
		why = append(why, "it takes "+takes+"; tried "+strings.Join(keys, ", "))
		e.Try = a.hop.command("ssh-copy-id")
	}
	if a.late.Load() {
		why = append(why, "no answer came within "+signInTimeout.String())
	}
	if strings.Contains(strings.ToLower(err.Error()), "too many authentication failures") {
		why = append(why, "it ended the connection after too many keys")
		e.Try = "name the right one in the ssh configuration: IdentityFile, with IdentitiesOnly yes"
	}
	for _, problem := range a.problems {
		why = append(why, problem.Error())
		var hint *gemba.Error
		if errors.As(problem, &hint) && hint.Try != "" {
			e.Try = hint.Try
		}
	}
	e.Why = strings.Join(why, "; ")
	return e
}
