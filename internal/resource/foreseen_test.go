package resource_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gemba/internal/resource"
	"gemba/internal/resource/memory"
)

// described is what files look like from outside.
func described(files resource.Files, paths []string) string {
	var b strings.Builder
	for _, p := range paths {
		info, err := files.Lstat(p)
		text, unread := files.ReadFile(p)
		names, unlisted := files.ReadDir(p)
		if info.Type != resource.Directory {
			names, unlisted = nil, nil
		}
		if info.Type != resource.Regular {
			text, unread, info.Size, info.Mode = nil, nil, 0, 0
		}
		fmt.Fprintln(&b, p, info.Type, info.Mode, info.UID, info.GID, info.Target, info.Size, err == nil, string(text), unread == nil, names, unlisted == nil)
	}
	return b.String()
}

func TestWhatIsForeseenIsWhatBecomesOfFiles(t *testing.T) {
	paths := []string{"/srv", "/srv/a", "/srv/a/x", "/srv/a/y", "/srv/b", "/srv/b/x", "/etc/z"}
	rapid.Check(t, func(t *rapid.T) {
		real := memory.New()
		act := func(files resource.Files, what int, at string, n int) error {
			switch what {
			case 0:
				return files.Write(at, strings.NewReader(strings.Repeat("x", n)), resource.Meta{Mode: 0o600 + uint32(n), UID: n})
			case 1:
				return files.Mkdir(at, resource.Meta{Mode: 0o755, UID: n})
			case 2:
				return files.Chmod(at, 0o640+uint32(n))
			case 3:
				return files.Chown(at, n, -1)
			case 4:
				return files.RemoveAll(at)
			}
			return files.Symlink("/etc/z", at)
		}
		type step struct {
			what, n int
			at      string
		}
		draw := func(count int) (steps []step) {
			for range count {
				steps = append(steps, step{rapid.IntRange(0, 5).Draw(t, "what"), rapid.IntRange(0, 3).Draw(t, "n"), rapid.SampledFrom(paths).Draw(t, "at")})
			}
			return steps
		}
		for _, s := range draw(8) {
			_ = act(real, s.what, s.at, s.n)
		}
		will := resource.Foresee(real)
		before := real.Snapshot()
		steps := draw(8)
		for _, s := range steps {
			_ = act(will, s.what, s.at, s.n)
		}
		foreseen := described(will, paths)
		if fmt.Sprint(before) != fmt.Sprint(real.Snapshot()) {
			t.Fatal("foreseeing changed the host")
		}
		for _, s := range steps {
			_ = act(real, s.what, s.at, s.n)
		}
		if became := described(real, paths); became != foreseen {
			t.Fatalf("%+v\nforeseen:\n%sbecame:\n%s", steps, foreseen, became)
		}
	})
}
