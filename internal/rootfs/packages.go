package rootfs

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// installed reads which packages there are: version by name, as apt takes them; another architecture than the system's is part of
// the name.
func installed() (map[string]string, error) {
	f, err := os.Open("/var/lib/dpkg/status")
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading which packages are installed: %w", err)
	}
	defer f.Close()
	all, native := map[string]map[string]string{}, ""
	paragraph := map[string]string{}
	end := func() {
		if strings.HasSuffix(paragraph["Status"], " installed") {
			all[paragraph["Package"]+":"+paragraph["Architecture"]] = paragraph
		}
		if paragraph["Package"] == "dpkg" {
			native = paragraph["Architecture"]
		}
		paragraph = map[string]string{}
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, is := strings.Cut(lines.Text(), ": ")
		switch {
		case lines.Text() == "":
			end()
		case is && name[0] != ' ':
			paragraph[name] = value
		}
	}
	end()
	packages := map[string]string{}
	for name, p := range all {
		if p["Architecture"] == native || p["Architecture"] == "all" {
			name = p["Package"]
		}
		packages[name] = p["Version"]
	}
	return packages, lines.Err()
}
