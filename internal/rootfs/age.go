package rootfs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// latest is the time that nothing in an image is younger than: when the newest of its packages was made. It depends on the
// versions alone, while everything that was written by installing and baking is younger. Without packages it is what was given.
func latest(otherwise int64) (time.Time, error) {
	paths, err := filepath.Glob("/usr/share/doc/*/changelog*")
	if err != nil {
		return time.Time{}, err
	}
	var newest time.Time
	for _, path := range paths {
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if newest.IsZero() {
		newest = time.Unix(otherwise, 0)
	}
	return newest.Truncate(time.Second), nil
}

const shadowFile = "/etc/shadow"

// agePasswords has no password changed after a time: the days in shadow(5) would say when the image was made.
func agePasswords(last time.Time) error {
	text, err := os.ReadFile(shadowFile)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading accounts: %w", err)
	}
	days := int(last.Unix() / (24 * 60 * 60))
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(line, ":")
		if len(fields) > 2 {
			if changed, err := strconv.Atoi(fields[2]); err == nil && changed > days {
				fields[2] = strconv.Itoa(days)
			}
		}
		out.WriteString(strings.Join(fields, ":"))
	}
	if out.String() == string(text) {
		return nil
	}
	if err := os.WriteFile(shadowFile, []byte(out.String()), 0o640); err != nil { // its owner and mode stay
		return fmt.Errorf("writing accounts: %w", err)
	}
	return nil
}
