package swap

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "swap".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: resource.LockText,
		Observe: observe, Diff: diff, Apply: apply, AtStart: atStart,
	}.Kind()
}

// declared is what is declared of a swap.
type declared struct {
	Name     string `json:"name"`
	Size     string `json:"size"`
	Priority *int   `json:"priority"`
	Absent   bool   `json:"absent"`

	bytes int64
}

// observed is what was found.
type observed struct {
	File   resource.Info   `json:"file"`
	Signed bool            `json:"signed"` // it was made into a swap
	Blank  bool            `json:"blank"`  // nothing is in it yet
	Text   resource.Text   `json:"text"`
	Line   *resource.Mount `json:"line"` // nil: there is none
	Live   bool            `json:"live"`
	Active bool            `json:"active"`
}

func check(d *declared) error {
	var err error
	switch {
	case d.Absent && (d.Size != "" || d.Priority != nil):
		return errors.New("what is absent has nothing else")
	case d.Priority != nil && (*d.Priority < 0 || *d.Priority > 32767):
		return errors.New("priority is a number from 0 to 32767")
	case d.Size != "" && strings.HasPrefix(d.Name, "/dev/"):
		return errors.New("a device has the size that it has")
	case d.Size != "":
		d.bytes, err = bytes(d.Size)
	}
	return err
}

// bytes reads a size. Less than ten pages is no swap that mkswap makes.
func bytes(size string) (int64, error) {
	const least = 1 << 20
	units := map[byte]int64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}
	unit := units[size[len(size)-1]]
	n, err := strconv.ParseInt(strings.TrimRight(size, "KMG"), 10, 32)
	if unit == 0 || err != nil || len(strings.TrimRight(size, "KMG")) != len(size)-1 || n*unit < least {
		return 0, fmt.Errorf("size is such as \"512M\" or \"2G\", at least \"1M\", and not %q", size)
	}
	return n * unit, nil
}

func needs(d declared) []resource.Token {
	return append(resource.Parents(d.Name), resource.Path("/etc/fstab"))
}

func provides(d declared) []resource.Token {
	if d.Absent || d.Size == "" {
		return nil
	}
	return []resource.Token{resource.Path(d.Name)}
}

// wanted is the line as declared: what is not declared of one that is there stays.
func (d declared) wanted(line *resource.Mount) resource.Mount {
	want := resource.Mount{Path: "none", Type: "swap", Options: "sw", Dump: "0", Pass: "0"}
	if line != nil {
		want = *line
	}
	want.Device = d.Name
	if d.Priority == nil {
		return want
	}
	var options []string
	for option := range strings.SplitSeq(want.Options, ",") {
		if !strings.HasPrefix(option, "pri=") {
			options = append(options, option)
		}
	}
	want.Options = strings.Join(append(options, "pri="+strconv.Itoa(*d.Priority)), ",")
	return want
}

// atStart is what a root filesystem leaves to the start of a host.
func atStart(d declared, _ observed) *gemba.Residue {
	if d.Absent {
		return nil
	}
	return &gemba.Residue{What: "it is used from the start of the system on"}
}
