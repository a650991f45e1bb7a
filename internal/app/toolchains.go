package app

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// toolVersions remembers what a toolchain's executable said of its version, as long as the file is the same.
type toolVersions struct {
	mu    sync.Mutex
	known map[string]knownVersion // by path of the executable
}

type knownVersion struct {
	modified time.Time
	size     int64
	version  string
}

func newToolVersions() *toolVersions { return &toolVersions{known: map[string]knownVersion{}} }

// versions asks each command found on path what it is; one that is not there has no version, and its build will say so.
func (t *toolVersions) versions(ctx context.Context, commands map[string][]string, path string) (map[string]string, error) {
	all := map[string]string{}
	for tool, argv := range commands {
		version, err := t.version(ctx, argv, path)
		if err != nil {
			return nil, fmt.Errorf("asking for the version of %s: %w", tool, err)
		}
		all[tool] = version
	}
	return all, nil
}

func (t *toolVersions) version(ctx context.Context, argv []string, path string) (string, error) {
	program, info := locate(argv[0], path)
	if program == "" {
		return "missing", nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.known[program]; ok && k.modified.Equal(info.ModTime()) && k.size == info.Size() {
		return k.version, nil
	}
	command := exec.CommandContext(ctx, program, argv[1:]...)
	command.Env = []string{"PATH=" + path, "HOME=/nonexistent", "GOTOOLCHAIN=local", "GOCACHE=off", "GOENV=off"}
	command.Dir = "/"
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, out)
	}
	version := strings.TrimSpace(string(out))
	t.known[program] = knownVersion{info.ModTime(), info.Size(), version}
	return version, nil
}

func locate(name, path string) (string, os.FileInfo) {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return file, info
		}
	}
	return "", nil
}
