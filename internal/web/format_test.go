package web

import (
	"testing"
	"time"
)

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	now := time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)
	for got, want := range map[string]string{
		ago(now, now):                      "just now",
		ago(now, now.Add(-42*time.Second)): "42 s ago",
		ago(now, now.Add(-4*time.Minute)):  "4 min ago",
		ago(now, now.Add(-30*time.Hour)):   "30 h ago",
		ago(now, now.Add(-50*time.Hour)):   "2 days ago",
		ago(now, now.AddDate(0, -3, 0)):    "5 Aug",
		ago(now, now.AddDate(-1, 0, 0)):    "5 Nov 2025",
		ago(now, now.Add(3*time.Minute)):   "in 3 min",
		ago(now, time.Time{}):              "never",
		took(400 * time.Millisecond):       "0.4 s",
		took(31 * time.Second):             "31 s",
		took(72 * time.Second):             "1 min 12 s",
		took(2*time.Hour + 5*time.Minute):  "2 h 5 min",
		took(26 * time.Hour):               "1 d 2 h",
		latency(800 * time.Microsecond):    "0.8 ms",
		latency(1300 * time.Millisecond):   "1.3 s",
		bytes(999):                         "999 B",
		bytes(8_412_339):                   "8.4 MB",
		bytes(2_000_000_000):               "2 GB",
		percent(1):                         "100 %",
		percent(0.99999):                   "99.99 %",
		percent(0.995):                     "99.5 %",
		percent(0):                         "0 %",
		number(12480):                      "12,480",
		number(999):                        "999",
		plural(1, "test"):                  "1 test",
		plural(1480, "test"):               "1,480 tests",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
