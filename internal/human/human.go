// Package human writes quantities as people say them: durations, times, sizes, counts, shares.
// Every page, view and message says them with these functions, so that they read the same everywhere.
package human

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration says how long something took, in at most two units: "0.4 s",
// "31 s", "1 min 12 s", "2 h 5 min", "3 d 4 h". It rounds to the nearest.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 0 {
		return "-" + Duration(-d)
	}
	if d == 0 {
		return "0 s"
	}
	// Each unit is tried on the rounded value, so that 59.7 s is a minute.
	if r := d.Round(100 * time.Microsecond); r < 10*time.Millisecond {
		return tenths(max(r, 100*time.Microsecond)/(100*time.Microsecond)) + " ms"
	}
	if r := d.Round(time.Millisecond); r < 100*time.Millisecond {
		return strconv.FormatInt(r.Milliseconds(), 10) + " ms"
	}
	if r := d.Round(100 * time.Millisecond); r < 10*time.Second {
		return tenths(r/(100*time.Millisecond)) + " s"
	}
	if r := d.Round(time.Second); r < time.Hour {
		return units(r, time.Minute, "min", time.Second, "s")
	}
	if r := d.Round(time.Minute); r < day {
		return units(r, time.Hour, "h", time.Minute, "min")
	}
	return units(d.Round(time.Hour), day, "d", time.Hour, "h")
}

func tenths(n time.Duration) string {
	return strings.TrimSuffix(fmt.Sprintf("%d.%d", n/10, n%10), ".0")
}

// units shows whole multiples of a large and a small unit; one that is zero is left out.
func units(d, large time.Duration, largeName string, small time.Duration, smallName string) string {
	var parts []string
	if n := d / large; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", n, largeName))
	}
	if n := d % large / small; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", n, smallName))
	}
	return strings.Join(parts, " ")
}

// Ago says how long before now something was: "4 min ago", in one unit,
// rounded down; "just now" within five seconds, "in 4 min" for what is to come, the date after 60 days.
func Ago(at, now time.Time) string {
	d := now.Sub(at)
	switch {
	case at.IsZero():
		return "never"
	case d <= -5*time.Second:
		return "in " + oneUnit(-d)
	case d < 5*time.Second:
		return "just now"
	case d > 60*24*time.Hour:
		return at.In(now.Location()).Format(time.DateOnly)
	}
	return oneUnit(d) + " ago"
}

func oneUnit(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

// Bytes says a size in decimal units (IEC 80000-13 keeps "kB" for 1,000 bytes): "512 B", "8.4 MB".
func Bytes(n int64) string {
	if n < 0 {
		return "-" + Bytes(-n)
	}
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	units := []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	value, unit := float64(n)/1000, 0
	for value >= 999.5 {
		value, unit = value/1000, unit+1
	}
	digits := 0
	if value < 9.95 {
		digits = 1
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', digits, 64), ".0") + " " + units[unit]
}

// Plural counts things: "1 commit", "1,204 commits".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Count writes a whole number with commas between thousands.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Percent says a share of 1. Only the whole is "100 %": 0.99999 is "99.99 %", so that no failure is rounded away.
func Percent(share float64) string {
	if share >= 1 {
		return "100 %"
	}
	text := strconv.FormatFloat(math.Floor(share*10000)/100, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " %"
}
