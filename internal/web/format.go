package web

import (
	"fmt"
	"strings"
	"time"

	"gemba"
)

// ago says how long ago t was, as people say it.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < 0:
		return "in " + coarse(-d)
	case d < 5*time.Second:
		return "just now"
	case d < 30*24*time.Hour:
		return coarse(d) + " ago"
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

func coarse(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// took says how long something lasted: "0.4 s", "31 s", "1 min 12 s", "2 h 5 min".
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return "under 1 ms"
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return trimZero(fmt.Sprintf("%.1f", d.Seconds())) + " s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return two(d, time.Minute, "min", time.Second, "s")
	case d < 24*time.Hour:
		return two(d, time.Hour, "h", time.Minute, "min")
	}
	return two(d, 24*time.Hour, "d", time.Hour, "h")
}

func two(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	whole, rest := d/large, d%large/small
	if rest == 0 {
		return fmt.Sprintf("%d %s", whole, largeName)
	}
	return fmt.Sprintf("%d %s %d %s", whole, largeName, rest, smallName)
}

// latency says how long an answer took: "0.8 ms", "12 ms", "1.3 s".
func latency(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < 10*time.Millisecond:
		return trimZero(fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))) + " ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// bytes says a size in decimal units, as disks and registries do: "8.4 MB".
func bytes(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1000, "kB"
	for _, next := range []string{"MB", "GB", "TB"} {
		if value < 1000 {
			break
		}
		value, unit = value/1000, next
	}
	if value >= 100 {
		return fmt.Sprintf("%.0f %s", value, unit)
	}
	return trimZero(fmt.Sprintf("%.1f", value)) + " " + unit
}

// percent says a share of 1 without rounding a failure away: 0.99999 is "99.99 %", not "100 %".
func percent(share float64) string {
	if share >= 1 {
		return "100 %"
	}
	hundredths := int(share * 10000)
	return trimZero(strings.TrimSuffix(fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100), "0")) + " %"
}

func trimZero(s string) string { return strings.TrimSuffix(s, ".0") }

// number groups thousands: "12,480".
func number(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// exact is a time as the hover shows it.
func exact(t time.Time) string {
	return t.Format("Mon 2 Jan 2006, 15:04:05 MST")
}

// plural is "1 test", "2 tests".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(int64(n)) + " " + one + "s"
}

func latencyOf(d gemba.Duration) string { return latency(time.Duration(d)) }
