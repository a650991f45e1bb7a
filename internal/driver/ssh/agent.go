package ssh

import (
	"context"
	"fmt"
	"net"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// agentKeys returns the keys of an agent, and closes its connection when ctx ends: signing needs it.
func agentKeys(ctx context.Context, socket string) ([]candidate, error) {
	if socket == "" {
		return nil, nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("the agent at %s does not answer: %w", socket, err)
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	client := agent.NewClient(conn)
	listed, err := client.List()
	if err != nil {
		return nil, fmt.Errorf("the agent at %s does not list its keys: %w", socket, err)
	}
	signers, err := client.Signers()
	if err != nil {
		return nil, fmt.Errorf("the agent at %s does not give its keys: %w", socket, err)
	}
	comments := map[string]string{}
	for _, key := range listed {
		comments[string(key.Blob)] = key.Comment
	}
	var keys []candidate
	for _, signer := range signers {
		name := "a key of the agent"
		if comment := comments[string(signer.PublicKey().Marshal())]; comment != "" {
			name = comment + " of the agent"
		}
		keys = append(keys, candidate{name: name, signer: signer})
	}
	return keys, nil
}

// candidate is a key to sign in with.
type candidate struct {
	name   string // a path, or the agent's comment
	signer ssh.Signer
}

func (c candidate) String() string {
	kind := c.signer.PublicKey()
	if cert, ok := kind.(*ssh.Certificate); ok {
		return fmt.Sprintf("%s (certificate of %s)", c.name, ssh.FingerprintSHA256(cert.Key))
	}
	return fmt.Sprintf("%s (%s)", c.name, ssh.FingerprintSHA256(kind))
}
