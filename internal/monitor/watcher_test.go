package monitor_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"gemba/internal/monitor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a watcher at work in a bubble where time passes by itself.
type bench struct {
	*monitor.Watcher
	series *memory
	prober *prober
	log    bytes.Buffer
}

// watching runs a test in such a bubble; the looks are exactly 5 s apart.
func watching(t *testing.T, test func(t *testing.T, b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{series: newMemory(), prober: newProber()}
		alive := func(_ context.Context, target monitor.Target) (bool, error) {
			if target.Process == "unknown" {
				return false, errors.New("no supervisor answers")
			}
			return target.Process != "dead", nil
		}
		b.Watcher = monitor.NewWatcher(b.series, b.prober, alive, monitor.Config{
			Random: func() float64 { return 0.5 }, Now: time.Now, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		})
		defer b.Close()
		test(t, b)
	})
}

func web(service string) monitor.Target {
	return monitor.Target{
		Environment: "production", Service: service, Process: "web", Release: "9c1e",
		URL: "http://127.0.0.1:8080/healthz", Metrics: "http://127.0.0.1:8080/metrics",
	}
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestATargetIsProbedAtOnceAndThenAtEachInterval(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.Set([]monitor.Target{web("guestbook")})
		synctest.Wait()
		expect(t, "probes at once", len(b.series.values("gemba_probe_success guestbook/web")), 1)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		expect(t, "probes in a minute", len(b.series.values("gemba_probe_success guestbook/web")), 12)
		expect(t, "duration", b.series.values("gemba_probe_duration_seconds guestbook/web")[0], 0.001)
	})
}

func TestSettingTheSameTargetsAgainChangesNothing(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		for range 10 {
			b.Set([]monitor.Target{web("guestbook"), web("shop")})
			synctest.Wait()
		}
		expect(t, "probes", b.prober.count(b.prober.probes, "guestbook"), 1)
		expect(t, "probes", b.prober.count(b.prober.probes, "shop"), 1)
		expect(t, "ended", b.series.ended("gemba_probe_success guestbook/web"), false)
	})
}

func TestTheSeriesOfATargetThatIsGoneEnd(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.prober.scrapeWith(func(context.Context, monitor.Target) (monitor.Text, error) {
			return monitor.Text{Body: []byte("a 1\n")}, nil
		})
		b.Set([]monitor.Target{web("guestbook"), web("shop")})
		time.Sleep(12 * time.Second)
		b.Set([]monitor.Target{web("shop")})
		synctest.Wait()
		for _, name := range []string{"gemba_probe_success", "gemba_probe_duration_seconds", "up", "scrape_duration_seconds"} {
			expect(t, name+" of the one that is gone", b.series.ended(name+" guestbook/web"), true)
			expect(t, name+" of the one that stays", b.series.ended(name+" shop/web"), false)
		}
		expect(t, "text of the one that is gone", b.series.latestText("guestbook/web"), "")
		time.Sleep(time.Minute)
		expect(t, "probes", len(b.series.values("gemba_probe_success guestbook/web")), 3)
		if _, watched := b.Last(web("guestbook").Key()); watched {
			t.Error("a target that is gone still has a last answer")
		}
	})
}

func TestATargetThatComesBackGoesOn(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.Set([]monitor.Target{web("guestbook")})
		time.Sleep(time.Second)
		b.Set(nil)
		b.Set([]monitor.Target{web("guestbook")})
		time.Sleep(6 * time.Second)
		synctest.Wait()
		expect(t, "ended", b.series.ended("gemba_probe_success guestbook/web"), false)
		expect(t, "probes", len(b.series.values("gemba_probe_success guestbook/web")), 3)
	})
}

func TestATargetWithANewAddressGoesOnWithTheSameSeries(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		asked := make(chan string, 10)
		b.prober.probe = func(_ context.Context, target monitor.Target) monitor.Answer {
			asked <- target.URL
			return monitor.Answer{Good: true}
		}
		b.Set([]monitor.Target{web("guestbook")})
		time.Sleep(time.Second)
		moved := web("guestbook")
		moved.URL = "http://127.0.0.1:9090/healthz"
		b.Set([]monitor.Target{moved})
		time.Sleep(time.Second)
		expect(t, "first", <-asked, "http://127.0.0.1:8080/healthz")
		expect(t, "then", <-asked, "http://127.0.0.1:9090/healthz")
		expect(t, "probes", len(b.series.values("gemba_probe_success guestbook/web")), 2)
		expect(t, "ended", b.series.ended("gemba_probe_success guestbook/web"), false)
	})
}

func TestASlowTargetHoldsUpNeitherAnotherNorSet(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.prober.probe = func(ctx context.Context, target monitor.Target) monitor.Answer {
			if target.Service == "slow" {
				<-ctx.Done() // the whole watch long
				return monitor.Answer{Reason: "broken off"}
			}
			return monitor.Answer{Good: true}
		}
		b.Set([]monitor.Target{web("slow"), web("guestbook")})
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "probes of the other", len(b.series.values("gemba_probe_success guestbook/web")), 13)
		b.Set(nil)
		synctest.Wait()
		expect(t, "answers to a question that we broke off", len(b.series.values("gemba_probe_success slow/web")), 0)
	})
}

func TestABadAnswerIsKeptAndItsReasonIsAtHand(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.prober.probe = func(context.Context, monitor.Target) monitor.Answer {
			return monitor.Answer{Reason: "answered 500", Duration: time.Second}
		}
		b.Set([]monitor.Target{web("guestbook")})
		synctest.Wait()
		expect(t, "success", b.series.values("gemba_probe_success guestbook/web")[0], 0)
		last, known := b.Last(web("guestbook").Key())
		expect(t, "known", known, true)
		expect(t, "reason", last.Reason, "answered 500")
	})
}

func TestAProcessThatCannotBeAskedIsLookedAt(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		worker := func(process string) monitor.Target {
			return monitor.Target{Environment: "production", Service: "mail", Process: process}
		}
		b.Set([]monitor.Target{worker("sender"), worker("dead"), worker("unknown")})
		synctest.Wait()
		expect(t, "recorded", strings.Join(b.series.names(), ", "), "gemba_process_up mail/dead, gemba_process_up mail/sender")
		expect(t, "sender", b.series.values("gemba_process_up mail/sender")[0], 1)
		expect(t, "dead", b.series.values("gemba_process_up mail/dead")[0], 0)
		time.Sleep(time.Second)
		b.Set(nil)
		synctest.Wait()
		expect(t, "ended", b.series.ended("gemba_process_up mail/sender"), true)
	})
}

func TestAProcessWithoutMetricsIsAskedEverLessOftenAndNothingIsRecorded(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.Set([]monitor.Target{web("guestbook")})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		expect(t, "recorded", strings.Join(b.series.names(), ", "), "gemba_probe_duration_seconds guestbook/web, gemba_probe_success guestbook/web")
		if n := b.prober.count(b.prober.looked, "guestbook"); n < 10 || n > 16 {
			t.Errorf("looked %d times in 10 minutes; about once a minute is meant", n)
		}
	})
}

func TestMetricsThatFailAfterTheyAnsweredAreDownAndEnd(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		good := func(context.Context, monitor.Target) (monitor.Text, error) {
			return monitor.Text{Body: []byte("a 1\n")}, nil
		}
		b.prober.scrapeWith(good)
		b.Set([]monitor.Target{web("guestbook")})
		time.Sleep(time.Second)
		expect(t, "text", b.series.latestText("guestbook/web"), "a 1\n")
		b.prober.scrapeWith(func(context.Context, monitor.Target) (monitor.Text, error) {
			return monitor.Text{Body: []byte("malformed")}, nil
		})
		time.Sleep(5 * time.Second)
		expect(t, "text", b.series.latestText("guestbook/web"), "")
		b.prober.scrapeWith(good)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if ups := b.series.values("up guestbook/web"); !slices.Equal(ups, []float64{1, 0, 1}) {
			t.Errorf("up: %v", ups)
		}
	})
}

func TestAFullDiskDoesNotStopTheWatchAndIsSaidOnce(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.series.setFull(true)
		b.Set([]monitor.Target{web("guestbook")})
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "probes", b.prober.count(b.prober.probes, "guestbook"), 13)
		expect(t, "said", strings.Count(b.log.String(), "no room"), 1)
		b.series.setFull(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "kept", len(b.series.values("gemba_probe_success guestbook/web")), 12)
		expect(t, "said", strings.Count(b.log.String(), "watching succeeds again"), 1)
	})
}

func TestClosingLeavesTheSeriesOpenForTheNextServer(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		b.Set([]monitor.Target{web("guestbook")})
		synctest.Wait()
		b.Close()
		b.Set([]monitor.Target{web("shop")})
		synctest.Wait()
		expect(t, "ended", b.series.ended("gemba_probe_success guestbook/web"), false)
		expect(t, "probes after the end", b.prober.count(b.prober.probes, "shop"), 0)
	})
}

func TestTheSummaryOfAReleaseIsMadeReadyOnce(t *testing.T) {
	watching(t, func(t *testing.T, b *bench) {
		placed := web("guestbook")
		placed.Since = time.Now().Add(-time.Hour)
		b.Set([]monitor.Target{placed, web("shop")})
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "times", len(b.series.asked), 1)
		expect(t, "since", b.series.asked[0], placed.Since)
	})
}
