package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"gemba/internal/api/contract"
	"gemba/internal/human"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) hostCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "host", GroupID: "servers", Short: "Make hosts known", Args: arguments(0, 0, "")}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(c.hostAddCommand())
	return cmd
}

func (c *command) hostAddCommand() *cobra.Command {
	var ask contract.AddHost
	cmd := &cobra.Command{
		Use: "add [USER@]HOST[:PORT]", Short: "Pin a host's key, find out what it is, say what is missing to be ready",
		Long: "Connects to a host, pins the key that it shows, signs in with your agent or keys, and says what it is.\n" +
			"Compare the fingerprint with the host's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) before you trust it.",
		Args: arguments(1, 1, "a host"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ask.Address, ask.Agent = args[0], c.Getenv("SSH_AUTH_SOCK")
			server, err := c.server(cmd.Context())
			if err != nil {
				return err
			}
			added, err := server.AddHost(cmd.Context(), ask)
			if err != nil {
				return err
			}
			return c.show(added, func(w io.Writer, t view.Terminal) error { return view.Findings(w, t, findingsOf(added)) })
		},
	}
	cmd.Flags().BoolVar(&ask.NoKey, "no-key", false, "do not let the server's own key in, by which it looks for drift by itself")
	cmd.Flags().StringVar(&ask.Jump, "jump", "", "the `host` to go through")
	return cmd
}

// findingsOf says of a host what it is and what it lacks.
func findingsOf(added contract.AddedHost) []view.Finding {
	facts := added.Facts
	found := []view.Finding{
		{Name: "key", State: view.Good, Says: "pinned " + added.Fingerprint},
		{Name: "system", State: view.Good, Says: fmt.Sprintf("%s %s, kernel %s, %s", facts["distribution"], facts["version"], facts["kernel"], facts["architecture"])},
		{Name: "machine", State: view.Good, Says: fmt.Sprintf("%s, %s of memory, virtualization: %s", human.Plural(number(facts["cpus"]), "processor", "processors"), human.Bytes(number(facts["memory"])), facts["virtualization"])},
	}
	if added.Key != "" {
		found = append(found, view.Finding{Name: "own key", State: view.Good, Says: "the server may come by itself; its key is the one of " + comment(added.Key)})
	}
	for _, lacks := range added.Missing {
		found = append(found, view.Finding{Name: "missing", State: view.Noted, Says: lacks})
	}
	if len(added.Missing) == 0 {
		found = append(found, view.Finding{Name: "ready", State: view.Good, Says: "nothing is missing"})
	}
	return found
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// comment is whose a public key is.
func comment(key string) string {
	_, rest, _ := strings.Cut(key, " ")
	_, name, _ := strings.Cut(rest, " ")
	return name
}
