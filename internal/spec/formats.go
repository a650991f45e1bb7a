package spec

import (
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"gemba"
)

// duration is a time that is not negative; positive asks for more than nothing.
func duration(positive bool) kind {
	return textual("duration", `a duration, such as "90s", "5m" or "1h30m"`, func(s string) (gemba.Duration, error) {
		parsed, err := time.ParseDuration(s)
		switch {
		case err != nil:
			return 0, fmt.Errorf("%q is a number without a unit, or no duration at all", s)
		case parsed < 0:
			return 0, fmt.Errorf("%q is negative", s)
		case parsed == 0 && positive:
			return 0, errors.New("this leaves no time at all")
		}
		return gemba.Duration(parsed), nil
	})
}

// size is a number of bytes.
func size() kind {
	return textual("size", `a size, such as "500KB" or "16MiB"`, parseSize)
}

func parseSize(s string) (int64, error) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	number, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q does not begin with a whole number", s)
	}
	units := []struct {
		name  string
		bytes int64
	}{{"B", 1}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}
	unit := strings.TrimSpace(s[digits:])
	for _, u := range units {
		switch {
		case unit != u.name:
			continue
		case number == 0:
			return 0, errors.New("this leaves no room at all")
		case number > math.MaxInt64/u.bytes:
			return 0, fmt.Errorf("%q is larger than any disk", s)
		}
		return number * u.bytes, nil
	}
	return 0, fmt.Errorf("%q has no unit of B, KB, MB, GB, KiB, MiB or GiB", s)
}

// cronTimes is a cron expression of five fields, in UTC.
func cronTimes() kind {
	return textual("cron expression", "five fields: minute, hour, day of the month, month, day of the week", parseCron)
}

func parseCron(s string) (string, error) {
	fields := strings.Fields(s)
	if len(fields) != 5 || strings.Contains(fields[0], "=") {
		return "", fmt.Errorf("%q has not five fields", s)
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(s)
	if err != nil {
		return "", fmt.Errorf("%q is not such a time: %w", s, err)
	}
	if parsed.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return "", fmt.Errorf("the time of %q never comes", s)
	}
	return strings.Join(fields, " "), nil
}

// subtreePath is a path or glob that stays in the service's subtree.
func subtreePath(s string) error {
	switch {
	case s == "":
		return errors.New("this one is empty")
	case path.IsAbs(s):
		return misfit{fmt.Sprintf("%q is absolute", s), "Write a path that starts in the directory of this file."}
	case strings.Contains(s, "\\"), strings.Contains(s, "\x00"):
		return fmt.Errorf("%q holds a character that paths here cannot have", s)
	}
	for _, step := range strings.Split(s, "/") {
		if step == ".." {
			return misfit{fmt.Sprintf("%q leaves the service's directory", s), "A service owns the directory of its declaration and what is below: take the .. out."}
		}
	}
	if _, err := path.Match(s, ""); err != nil {
		return fmt.Errorf("%q is not a good pattern: a [ has no ]", s)
	}
	return nil
}

func directory() kind {
	return textual("path", "a directory below the service's own", func(s string) (string, error) {
		return path.Clean(s), subtreePath(s)
	})
}

func notEmpty(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("this one is empty")
	}
	return nil
}

func absolute(s string) error {
	if !path.IsAbs(s) {
		return fmt.Errorf("%q does not begin with /", s)
	}
	return nil
}

func environName(s string) error {
	if !isVariableName(s) {
		return fmt.Errorf("%q is not the name of an environment variable", s)
	}
	return nil
}

// requestPath is what is asked for over HTTP.
func requestPath() kind {
	return textual("path", `a path that begins with /, such as "/healthz"`, parseRequestPath)
}

func parseRequestPath(s string) (string, error) {
	if !strings.HasPrefix(s, "/") {
		return "", fmt.Errorf("%q does not begin with /", s)
	}
	if strings.ContainsAny(s, " \t\r\n#") {
		return "", fmt.Errorf("%q holds a blank or a #", s)
	}
	return s, nil
}

func hostName() kind {
	return textual("domain", `a host name, such as "guestbook.example"`, func(s string) (string, error) {
		if strings.Contains(s, "/") || strings.Contains(s, ":") {
			return "", misfit{fmt.Sprintf("%q is an address", s), "Leave out the scheme, the port and the path."}
		}
		name := strings.ToLower(s)
		for _, label := range strings.Split(name, ".") {
			if len(name) > 253 || len(label) > 63 || !spelledWith(label, small+digits, small+digits+"-") || strings.HasSuffix(label, "-") {
				return "", fmt.Errorf("%q is not a host name", s)
			}
		}
		return name, nil
	})
}

// report is where single test results are found.
func report() kind {
	return textual("report", "`\"go\"`, or `\"junit:\"` and the path of an XML file", func(s string) (gemba.Report, error) {
		format, file, _ := strings.Cut(s, ":")
		switch {
		case s == "go":
			return gemba.Report{Format: "go"}, nil
		case format == "junit":
			return gemba.Report{Format: format, Path: file}, subtreePath(file)
		}
		return gemba.Report{}, fmt.Errorf("%q is neither", s)
	})
}
