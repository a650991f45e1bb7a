package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"gemba/internal/resource"
)

// apply fetches the file where another one is there, and makes it what is declared.
func apply(ctx context.Context, sys resource.System, d declared, o observed) error {
	if o.Type == resource.Directory {
		return fmt.Errorf("%s is a directory; what is in it would be lost: remove it first", d.Name)
	}
	uid, gid, err := resource.OwnerIDs(sys, d.Owner, d.Group)
	if err != nil {
		return err
	}
	meta := resource.Meta{Mode: d.newMode(), UID: max(uid, 0), GID: max(gid, 0)}
	if o.Type == resource.Regular {
		meta = resource.Meta{Mode: o.Mode, UID: o.UID, GID: o.GID}
		if d.mode != nil {
			meta.Mode = d.mode.Of(o.Mode, false)
		}
		if uid >= 0 {
			meta.UID = uid
		}
		if gid >= 0 {
			meta.GID = gid
		}
	}
	if o.Type != resource.Regular || o.Sum != d.Checksum {
		return replace(ctx, sys, d, meta)
	}
	// The owner first: a change of it takes setuid away.
	if meta.UID != o.UID || meta.GID != o.GID {
		if err := sys.Chown(d.Name, uid, gid); err != nil {
			return err
		}
	}
	return sys.Chmod(d.Name, meta.Mode)
}

// replace fetches the file into a directory that nobody else can write to, and lets it take its place when it is what its checksum says.
func replace(ctx context.Context, sys resource.System, d declared, meta resource.Meta) error {
	at := d.local()
	if at == "" {
		room := path.Join(path.Dir(d.Name), "."+path.Base(d.Name)+".gemba-download")
		if err := sys.RemoveAll(room); err != nil {
			return err
		}
		if err := sys.Mkdir(room, resource.Meta{Mode: 0o700}); err != nil {
			return err
		}
		defer sys.RemoveAll(room)
		at = path.Join(room, "it")
		if err := fetch(ctx, sys, d.URL, at); err != nil {
			return err
		}
	}
	got, err := sum(sys, at, d.Checksum)
	if err != nil {
		return err
	}
	if got != d.Checksum {
		return fmt.Errorf("what came is not what is declared: its checksum is %s, not %s", got, d.Checksum)
	}
	body, err := sys.Open(at)
	if err != nil {
		return err
	}
	defer body.Close()
	return sys.Write(d.Name, body, meta)
}

// fetch has the host fetch an address. The address goes by standard input: it may hold a password, and lists of processes show arguments.
func fetch(ctx context.Context, sys resource.System, url, to string) error {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(url)
	for _, c := range []resource.Command{
		{Argv: []string{"curl", "--fail", "--silent", "--show-error", "--location", "--globoff", "--proto", "=http,https", "--connect-timeout", "30", "--retry", "3",
			"--output", to, "--config", "-"}, Stdin: []byte("url = \"" + escaped + "\"\n")},
		{Argv: []string{"wget", "--quiet", "--timeout=30", "--tries=4", "--output-document=" + to, "--input-file=-"}, Stdin: []byte(url + "\n")},
	} {
		c.Timeout = time.Hour
		_, err := sys.Run(ctx, c)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var exit *resource.ExitError
		if errors.As(err, &exit) {
			said, _, _ := strings.Cut(strings.TrimSpace(string(exit.Stderr)), "\n")
			if said == "" {
				said = "the server did not give it"
			}
			return fmt.Errorf("%s ended with %d: %s", c.Argv[0], exit.Code, said)
		}
		return err
	}
	return errors.New(`the host has neither curl nor wget to fetch it with; declare package "curl"`)
}
