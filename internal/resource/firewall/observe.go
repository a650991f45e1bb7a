package firewall

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// observed is what was found of a table.
type observed struct {
	File     bool         `json:"file,omitempty"`
	Digest   gemba.Digest `json:"digest,omitempty"` // of the declared part of the file
	Size     int64        `json:"size,omitempty"`
	Included bool         `json:"included,omitempty"`
	Live     bool         `json:"live,omitempty"`
	Running  string       `json:"running,omitempty"`  // what the kernel has
	Recorded string       `json:"recorded,omitempty"` // what it had when the file was loaded
	NoNft    bool         `json:"no_nft,omitempty"`
}

func observe(ctx context.Context, sys resource.System, d declared) (observed, error) {
	o := observed{Live: sys.Live()}
	text, there, err := read(sys, d.file())
	if err != nil {
		return o, err
	}
	if o.File = there; there {
		body, whole := strings.CutPrefix(text, d.head())
		if whole { // else it is not as we write it, and its digest is of no use
			sum := sha256.Sum256([]byte(body))
			o.Digest = gemba.Digest("sha256:" + hex.EncodeToString(sum[:]))
		}
		o.Size = int64(len(body))
	}
	main, _, err := read(sys, conf)
	if err != nil {
		return o, err
	}
	for line := range strings.Lines(main) {
		o.Included = o.Included || strings.TrimSpace(line) == include
	}
	if !o.Live {
		return o, nil
	}
	if o.Recorded, _, err = read(sys, d.record()); err != nil {
		return o, err
	}
	if o.Running, err = running(ctx, sys, d.Table); errors.Is(err, errNoNft) {
		o.NoNft, err = true, nil
	}
	return o, err
}

func read(sys resource.System, path string) (text string, there bool, err error) {
	content, err := sys.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading %s: %w", path, err)
	}
	return string(content), true, nil
}

// recorded is the record of a table that was loaded.
func recorded(content gemba.Digest, running string) string {
	return fmt.Sprintf("%s %s\n", content, running)
}

// current is the table in the file that is there, for people to compare.
func current(_ context.Context, sys resource.System, d declared) []byte {
	text, there, err := read(sys, d.file())
	if err != nil || !there {
		return nil
	}
	return []byte(strings.TrimPrefix(text, d.head()))
}

// diff compares what is declared with what was found.
func diff(d declared, o observed) resource.Difference {
	var diffs []gemba.Diff
	differ := func(when bool, attribute, from, to string) {
		if when {
			diffs = append(diffs, gemba.Diff{Attribute: attribute, From: from, To: to})
		}
	}
	difference := resource.Difference{Action: gemba.ActionUpdate}
	if d.Absent {
		difference.Action = gemba.ActionRemove
		differ(o.File, "file", d.file(), "")
		differ(o.Running != "", "running", "table "+d.Table, "")
	} else {
		from := ""
		if o.File {
			from = fmt.Sprintf("%s, %d bytes", o.Digest.Short(), o.Size)
		} else {
			difference.Action = gemba.ActionCreate
		}
		differ(o.Digest != d.Content.Digest, "content", from, fmt.Sprintf("%s, %d bytes", d.Content.Digest.Short(), d.Content.Size))
		differ(!o.Included, "boot", "not included in "+conf, "included")
		if was := o.strays(d); o.Live {
			differ(was != "", "running", was, "as declared")
		}
		if o.NoNft {
			difference.May = "nft is not there yet, and whether the kernel takes the table is known when it is"
		}
	}
	if diffs == nil {
		return resource.Difference{}
	}
	difference.Diffs = diffs
	return difference
}

// strays is how what the kernel has is not what was loaded from the file; "" when it is.
func (o observed) strays(d declared) string {
	content, running, _ := strings.Cut(strings.TrimSpace(o.Recorded), " ")
	switch {
	case o.Running == "":
		return "not loaded"
	case o.Recorded == "":
		return "loaded by somebody else"
	case running != o.Running:
		return "changed since it was loaded"
	case content != string(d.Content.Digest) && o.Digest == d.Content.Digest:
		return "loaded before the file was written"
	}
	return ""
}
