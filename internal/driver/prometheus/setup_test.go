package prometheus

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gemba/internal/monitor"
)

func TestMain(m *testing.M) {
	if os.Getenv("GEMBA_TEST_DISK") != "" { // an engine that panicked cannot tidy up
		os.Exit(m.Run())
	}
	goleak.VerifyTestMain(m)
}

// said collects what is logged.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *said) logger() *slog.Logger { return slog.New(slog.NewTextHandler(s, nil)) }

// open opens series for one test and fails it when something is wrong.
func open(t testing.TB, dir string, log *said) *Series {
	t.Helper()
	s, err := Open(dir, log.logger())
	if err != nil {
		t.Fatalf("open: %v\n%s", err, log)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func fresh(t testing.TB) *Series { return open(t, t.TempDir(), &said{}) }

var (
	noon   = time.Now().Truncate(time.Second).Add(-time.Hour)
	target = monitor.Target{Environment: "production", Service: "guestbook", Process: "web", Release: "9c1e", URL: "http://127.0.0.1/"}
	own    = target.Key().Labels()
)

// probe keeps one probe.
func probe(t testing.TB, s *Series, at time.Time, success, seconds float64) {
	t.Helper()
	err := s.Append(context.Background(), at, []monitor.Sample{
		{Name: monitor.ProbeSuccess, Labels: own, Value: success},
		{Name: monitor.ProbeDuration, Labels: own, Value: seconds},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// valueOf is that of the only series that a query finds; false when it finds none.
func valueOf(t testing.TB, s *Series, query string, at time.Time) (float64, bool) {
	t.Helper()
	lines, err := s.Query(context.Background(), query, at)
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) > 1 {
		t.Fatalf("%s finds %v", query, lines)
	}
	if len(lines) == 0 {
		return 0, false
	}
	return lines[0].Points[0].Value, true
}

// again starts this test's binary once more for one test, with a variable set.
func again(test, variable, value string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+value)
	return cmd
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in %q", part, text)
		}
	}
}
