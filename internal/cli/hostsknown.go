package cli

import (
	"errors"
	"io"

	"gemba"
	"gemba/internal/view"

	"github.com/spf13/cobra"
)

func (c *command) hostsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "hosts", GroupID: "servers", Short: "What is known of every host: whether it is as declared, answers, was applied",
		Long: "Shows what was found when hosts were last looked at: by the server, which looks at them every half an hour, or by\n" +
			"plan, drift and apply. It looks at no host itself.",
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.running(cmd.Context())
			if none := new(gemba.Error); errors.As(err, &none) && none.Code == gemba.NotFound {
				return gemba.Fail(gemba.NotFound, "no host was ever looked at from here", none.Why, "gemba plan")
			}
			if err != nil {
				return err
			}
			hosts, err := server.Hosts(cmd.Context())
			if err != nil {
				return err
			}
			return c.show(hosts, func(w io.Writer, t view.Terminal) error {
				defer c.sayWaits(hosts)
				return view.Hosts(w, t, hosts, c.Now())
			})
		},
	}
}
