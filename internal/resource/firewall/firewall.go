package firewall

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "firewall".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: "nftables",
		Observe: observe, Diff: diff, Apply: apply, AtStart: atStart, Current: current, Bodies: bodies,
	}.Kind()
}

// declared is what is declared of a table.
type declared struct {
	Name    string      `json:"name"`
	Content *gemba.Body `json:"content"`
	Table   string      `json:"table"`
	Absent  bool        `json:"absent"`
}

func check(d *declared) error {
	if strings.HasPrefix(d.Name, ".") {
		return fmt.Errorf("%q would be a hidden file, which is not included", d.Name)
	}
	if d.Table == "" {
		d.Table = "inet " + strings.NewReplacer("-", "_", ".", "_").Replace(d.Name)
	}
	if !regexp.MustCompile(`^(inet|ip|ip6|arp|bridge|netdev) [A-Za-z][A-Za-z0-9_]*$`).MatchString(d.Table) {
		return fmt.Errorf("%q is no table: a family, such as inet, and a name of letters, digits and '_'", d.Table)
	}
	switch {
	case d.Absent && d.Content != nil:
		return errors.New("what is absent has nothing else")
	case !d.Absent && d.Content == nil:
		return errors.New("it needs a content: the table")
	}
	return nil
}

const (
	dir = "/etc/nftables.d"
	// conf is what nftables.service loads at boot.
	conf    = "/etc/nftables.conf"
	include = `include "/etc/nftables.d/*.nft"`
)

func (d declared) file() string { return path.Join(dir, d.Name+".nft") }

// record says what the kernel had of the table when it was loaded. Its name keeps it from being included.
func (d declared) record() string { return path.Join(dir, "."+d.Name+".loaded") }

// head makes loading the file replace the table in one step, whether there was one or not.
func (d declared) head() string {
	return "table " + d.Table + "\ndelete table " + d.Table + "\n"
}

func needs(d declared) []resource.Token {
	return append(resource.Parents(d.file()), resource.Package("nftables"), resource.Path(conf))
}

func provides(d declared) []resource.Token { return []resource.Token{resource.Path(d.file())} }

func bodies(d declared) []gemba.Digest {
	if d.Content == nil {
		return nil
	}
	return []gemba.Digest{d.Content.Digest}
}

// atStart is what a root filesystem leaves to the start of a host.
func atStart(d declared, _ observed) *gemba.Residue {
	if d.Absent {
		return nil
	}
	return &gemba.Residue{What: "it is loaded when the system starts, where the unit nftables is enabled; converging the host notes that"}
}
