package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gemba"
	"gemba/internal/resource"
)

// PutBack undoes an apply: the files that it replaced or removed are as before, and the units that it told are told again. What
// somebody has changed since is left alone, unless it is forced. What was undone whole is forgotten.
func PutBack(ctx context.Context, dir string, force bool, also []string) gemba.Undone {
	undone := gemba.Undone{Run: filepath.Base(dir)}
	manifest, err := readManifest(dir)
	if err != nil {
		undone.Error = err.Error()
		return undone
	}
	h := New(Options{})
	tables := lookAtTables(h, manifest)
	var skip map[string]string
	if !force {
		skip = touchedSince(dir)
	}
	undone.Restored, undone.Lost, err = Undo(dir, skip)
	if err != nil {
		undone.Error = err.Error()
		return undone
	}
	b := &bystanders{Host: h, undone: &undone}
	if len(undone.Restored) > 0 {
		b.loadTables(ctx, tables)
		b.tellUnits(ctx, dir, also)
	}
	if undone.Good() {
		if err := os.RemoveAll(dir); err != nil {
			undone.Error = err.Error()
		}
	}
	return undone
}

// bystanders are those who read what was put back.
type bystanders struct {
	*Host
	undone *gemba.Undone
}

func (b *bystanders) failed(who string, err error) {
	if b.undone.Untold == nil {
		b.undone.Untold = map[string]string{}
	}
	b.undone.Untold[who] = err.Error()
}

// tellUnits tells the units that the apply told, and others that read what was put back where they run.
func (b *bystanders) tellUnits(ctx context.Context, dir string, also []string) {
	if !exists("/run/systemd/system") {
		return
	}
	if _, err := b.systemctl(ctx, "daemon-reload"); err != nil {
		b.failed("systemd", err)
	}
	units, actions := readTold(dir)
	for _, unit := range also {
		if actions[unit] == "" && actions[strings.TrimSuffix(unit, ".service")] == "" {
			units, actions[unit] = append(units, unit), gemba.ActionReload
		}
	}
	for _, unit := range units {
		b.tellUnit(ctx, unit, actions[unit])
	}
}

func (b *bystanders) tellUnit(ctx context.Context, unit string, action gemba.Action) {
	shown, err := b.systemctl(ctx, "show", "--property=LoadState,ActiveState,SubState", "--", unit)
	if err != nil {
		b.failed(unit, err)
		return
	}
	state := func(is string) bool { return strings.Contains(shown, is+"\n") }
	word := "reload-or-restart"
	switch {
	case state("LoadState=not-found") && !state("ActiveState=inactive"):
		word = "stop" // its file came with the apply
	case state("ActiveState=failed"), state("SubState=auto-restart"):
		_, _ = b.systemctl(ctx, "reset-failed", "--", unit) // what failed too often is not tried again
		word = "restart"
	case state("ActiveState=inactive"):
		return
	case action == gemba.ActionRestart:
		word = "restart"
	}
	if _, err := b.systemctl(ctx, word, "--", unit); err != nil {
		b.failed(unit, err)
		return
	}
	b.undone.Told = append(b.undone.Told, unit)
}

func (b *bystanders) systemctl(ctx context.Context, words ...string) (string, error) {
	out, err := b.Run(ctx, resource.Command{Argv: append([]string{"systemctl"}, words...), Timeout: 2 * time.Minute})
	var exit *resource.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		err = errors.New(strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out.Stdout), err
}

// lookAtTables are the files of tables of nftables that an apply touched, each with what takes its table out of the kernel.
func lookAtTables(h *Host, manifest []Kept) map[string]string {
	tables := map[string]string{}
	for _, kept := range manifest {
		if filepath.Dir(kept.Path) != "/etc/nftables.d" || filepath.Ext(kept.Path) != ".nft" {
			continue
		}
		tables[kept.Path] = ""
		text, err := h.ReadFile(kept.Path)
		if err != nil {
			continue // the apply has removed it
		}
		// The file itself begins with making the table and removing it, so that loading it replaces it.
		lines := strings.SplitN(string(text), "\n", 3)
		if len(lines) == 3 && strings.HasPrefix(lines[0], "table ") && strings.HasPrefix(lines[1], "delete table ") {
			tables[kept.Path] = lines[0] + "\n" + lines[1] + "\n"
		}
	}
	return tables
}

// loadTables makes the kernel's tables those of the files.
func (b *bystanders) loadTables(ctx context.Context, tables map[string]string) {
	for path, remove := range tables {
		command := resource.Command{Argv: []string{"nft", "-f", path}, Timeout: time.Minute}
		if !exists(path) {
			if remove == "" {
				continue
			}
			command.Argv, command.Stdin = []string{"nft", "-f", "-"}, []byte(remove)
		}
		if _, err := b.Run(ctx, command); err != nil {
			b.failed(path, err)
			continue
		}
		b.undone.Told = append(b.undone.Told, path)
	}
}
