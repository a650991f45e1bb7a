package human

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurationsAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 30 * time.Microsecond: "0.1 ms", 3400 * time.Microsecond: "3.4 ms", 12 * time.Millisecond: "12 ms",
		400 * time.Millisecond: "0.4 s", 99600 * time.Microsecond: "0.1 s", 2 * time.Second: "2 s", 9960 * time.Millisecond: "10 s",
		31 * time.Second: "31 s", 59600 * time.Millisecond: "1 min", 72 * time.Second: "1 min 12 s", 5 * time.Minute: "5 min",
		time.Hour - time.Millisecond: "1 h", 2*time.Hour + 5*time.Minute: "2 h 5 min", 24*time.Hour - time.Second: "1 d", 76 * time.Hour: "3 d 4 h",
		-2 * time.Second: "-2 s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// spoken is the value of "1 min 12 s", and its last unit.
func spoken(t *rapid.T, s string, units map[string]float64) (value, finest float64) {
	fields := strings.Fields(s)
	for i := 0; i+1 < len(fields); i += 2 {
		n, err := strconv.ParseFloat(fields[i], 64)
		unit, known := units[fields[i+1]]
		if err != nil || !known {
			t.Fatalf("cannot read %q", s)
		}
		value += n * unit
		finest = unit
	}
	return value, finest
}

var seconds = map[string]float64{"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}

// halfStep is how far what is said may be from what was.
func halfStep(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Millisecond:
		return 50 * time.Microsecond
	case d < 100*time.Millisecond:
		return 500 * time.Microsecond
	case d < 10*time.Second:
		return 50 * time.Millisecond
	case d < time.Hour:
		return 500 * time.Millisecond
	case d < 24*time.Hour:
		return 30 * time.Second
	}
	return 30 * time.Minute
}

func TestDurationRoundsAndKeepsOrder(t *testing.T) {
	any := rapid.Custom(func(t *rapid.T) time.Duration {
		exponent := rapid.Float64Range(5, 17).Draw(t, "exponent") // 0.1 ms to 3 years
		return time.Duration(math.Pow(10, exponent))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := any.Draw(t, "a"), any.Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		said, _ := spoken(t, Duration(a), seconds)
		later, _ := spoken(t, Duration(b), seconds)
		if said > later {
			t.Fatalf("%v is %q, and %v is %q", a, Duration(a), b, Duration(b))
		}
		if off := math.Abs(said - a.Seconds()); off > halfStep(a).Seconds()+1e-9*said {
			t.Fatalf("%v is %q: off by %v s", a, Duration(a), off)
		}
		if again := Duration(time.Duration(math.Round(said * 1e9))); again != Duration(a) {
			t.Fatalf("%q said again is %q", Duration(a), again)
		}
	})
}

func TestBytesRoundAndKeepOrder(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 512: "512 B", 999: "999 B", 1000: "1 kB", 8_412_331: "8.4 MB", 999_950: "1 MB", 9_960_000: "10 MB", math.MaxInt64: "9.2 EB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	sizes := map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18}
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 1<<60).Draw(t, "a") >> rapid.IntRange(0, 59).Draw(t, "shift")
		b := a + rapid.Int64Range(0, 1<<40).Draw(t, "more")
		said, _ := spoken(t, Bytes(a), sizes)
		larger, _ := spoken(t, Bytes(b), sizes)
		if said > larger {
			t.Fatalf("%d is %q, and %d is %q", a, Bytes(a), b, Bytes(b))
		}
		if math.Abs(said-float64(a)) > 0.051*float64(a) {
			t.Fatalf("%d is %q", a, Bytes(a))
		}
		if again := Bytes(int64(said)); again != Bytes(a) {
			t.Fatalf("%q said again is %q", Bytes(a), again)
		}
	})
}

func TestAgo(t *testing.T) {
	noon := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "just now", 4 * time.Second: "just now", -2 * time.Second: "just now", 31 * time.Second: "31 s ago", 4*time.Minute + 59*time.Second: "4 min ago",
		-9 * time.Hour: "in 9 h", 49 * time.Hour: "2 d ago", 100 * 24 * time.Hour: "2025-12-04",
	} {
		if got := Ago(noon.Add(-d), noon); got != want {
			t.Errorf("%v before is %q, want %q", d, got, want)
		}
	}
	if got := Ago(time.Time{}, noon); got != "never" {
		t.Error(got)
	}
}

func TestCounts(t *testing.T) {
	for n, want := range map[int64]string{0: "0 commits", 1: "1 commit", 999: "999 commits", 1204: "1,204 commits", -1234567: "-1,234,567 commits"} {
		if got := Plural(n, "commit", "commits"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestPercentRoundsNoFailureAway(t *testing.T) {
	for share, want := range map[float64]string{1: "100 %", 0.99999: "99.99 %", 0.995: "99.5 %", 0.9: "90 %", 0: "0 %"} {
		if got := Percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}
