package cron

import (
	"fmt"
	"slices"
	"strings"

	"github.com/robfig/cron/v3"
)

// checkSchedule refuses what cron would pass over in silence.
func checkSchedule(schedule string) error {
	names := []string{"@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
	if slices.Contains(names, schedule) {
		return nil
	}
	fields := strings.Fields(schedule)
	if len(fields) != 5 || strings.HasPrefix(schedule, "@") || strings.ContainsAny(schedule, "?=\r\n\x00") {
		return fmt.Errorf("schedule is five fields, such as \"15 6 * * 1-5\", or one of %s, and not %q", strings.Join(names, " "), schedule)
	}
	fields[4] = sunday(fields[4])
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	if _, err := parser.Parse(strings.Join(fields, " ")); err != nil {
		return fmt.Errorf("schedule %q: %w", schedule, err)
	}
	return nil
}

// sunday writes the days of the week so that the parser takes them: cron knows Sunday as 7 too, at the end of a range as well.
func sunday(days string) string {
	parts := strings.Split(days, ",")
	for i, part := range parts {
		span, step, stepped := strings.Cut(part, "/")
		from, to, ranged := strings.Cut(span, "-")
		switch {
		case !ranged && from == "7", ranged && from == "7" && to == "7":
			span = "0"
		case ranged && to == "7":
			span = from + "-6"
		}
		parts[i] = span
		if stepped {
			parts[i] += "/" + step
		}
	}
	return strings.Join(parts, ",")
}
