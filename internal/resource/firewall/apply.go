package firewall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"gemba/internal/resource"
)

// apply tries the table, puts it into its file and loads it, and writes down what the kernel made of it.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if d.Absent {
		return remove(ctx, sys, d, o)
	}
	if err := sys.Mkdir(dir, resource.Meta{Mode: 0o755}); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	body, err := sys.Body(ctx, d.Content.Digest)
	if err != nil {
		return err
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	if err := onlyTable(string(content), d.Table); err != nil {
		return err
	}
	text := d.head() + string(content)
	if sys.Live() {
		if err := try(ctx, sys, d, text); err != nil {
			return err
		}
	}
	if o.Digest != d.Content.Digest {
		if err := sys.Write(d.file(), strings.NewReader(text), resource.Meta{Mode: 0o644}); err != nil {
			return err
		}
	}
	if !o.Included {
		if err := includeAll(sys); err != nil {
			return err
		}
	}
	if !sys.Live() {
		return nil
	}
	if _, err := nft(ctx, sys, "", "-f", d.file()); err != nil {
		return say("loading the table", err)
	}
	now, err := running(ctx, sys, d.Table)
	if err != nil {
		return err
	}
	return sys.Write(d.record(), strings.NewReader(recorded(d.Content.Digest, now)), resource.Meta{Mode: 0o644})
}

// try has nft and the kernel look at the table without taking it.
func try(ctx context.Context, sys resource.System, d declared, text string) error {
	trial := path.Join(dir, "."+d.Name+".trial")
	if err := sys.Write(trial, strings.NewReader(text), resource.Meta{Mode: 0o600}); err != nil {
		return err
	}
	defer sys.Remove(trial)
	_, err := nft(ctx, sys, "", "-c", "-f", trial)
	return say("the table is not valid, the old one stays", err)
}

// say puts what nft said into one line, with the lines of the declaration: two more are in front of the file's.
func say(doing string, err error) error {
	var exit *resource.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return errNoNft
	case errors.As(err, &exit):
		line, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
		// /etc/nftables.d/web.nft:5:3-6: Error: syntax error
		if m := regexp.MustCompile(`^\S+?:(\d+):(\d+)-(\d+): (.*)$`).FindStringSubmatch(line); m != nil {
			if row, err := strconv.Atoi(m[1]); err == nil && row > 2 {
				line = fmt.Sprintf("line %d, columns %s to %s: %s", row-2, m[2], m[3], m[4])
			}
		}
		return &failure{says: doing + ": " + line, err: err, log: strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// includeAll makes the file that is loaded at boot include the tables, after what it says already.
func includeAll(sys resource.System) error {
	meta := resource.Meta{Mode: 0o755} // as Debian has it: it is a script of nft
	text, there, err := read(sys, conf)
	if err != nil {
		return err
	}
	if there {
		info, err := sys.Stat(conf)
		if err != nil {
			return err
		}
		meta = resource.Meta{Mode: info.Mode, UID: info.UID, GID: info.GID}
	} else {
		text = "#!/usr/sbin/nft -f\n"
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return sys.Write(conf, strings.NewReader(text+include+"\n"), meta)
}

func remove(ctx context.Context, sys resource.System, d declared, o observed) error {
	if o.Running != "" {
		if _, err := nft(ctx, sys, d.head(), "-f", "-"); err != nil {
			return say("taking the table away", err)
		}
	}
	for _, at := range []string{d.record(), d.file()} {
		if err := sys.Remove(at); err != nil {
			return err
		}
	}
	return nil
}

// failure is a table that was not taken, with all that nft said.
type failure struct {
	says string
	err  error
	log  []string
}

func (f *failure) Error() string { return f.says }
func (f *failure) Unwrap() error { return f.err }

// Log is what nft said, which points at the place.
func (f *failure) Log() []string { return f.log }
