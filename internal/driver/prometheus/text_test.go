package prometheus

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	promlabels "github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"gemba/internal/monitor"
)

const plain = "text/plain; version=0.0.4"

func appendText(t *testing.T, s *Series, at time.Time, body, contentType string) (int, error) {
	t.Helper()
	return s.AppendText(context.Background(), at, []byte(body), contentType, own)
}

func TestATextIsKeptWithTheLabelsOfItsTarget(t *testing.T) {
	s := fresh(t)
	n, err := appendText(t, s, noon, "# TYPE visits_total counter\nvisits_total{page=\"/\"} 7\nvisits_total{page=\"/about\"} 2\n", plain)
	if err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	if v, _ := valueOf(t, s, `visits_total{page="/",environment="production",service="guestbook",process="web",release="9c1e"}`, noon); v != 7 {
		t.Fatal(v)
	}
}

func TestOpenMetricsIsReadToo(t *testing.T) {
	s := fresh(t)
	body := "# TYPE visits counter\nvisits_total{page=\"/\"} 7 # {trace=\"a\"} 1\n# EOF\n"
	if n, err := appendText(t, s, noon, body, "application/openmetrics-text; version=1.0.0; charset=utf-8"); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := appendText(t, s, noon.Add(time.Second), strings.TrimSuffix(body, "# EOF\n"), "application/openmetrics-text; version=1.0.0"); err == nil {
		t.Fatal("an OpenMetrics text that was cut off was kept")
	}
}

func TestALabelThatIsTakenIsRenamedToExported(t *testing.T) {
	s := fresh(t)
	body := `jobs{service="billing",exported_service="mail",process="x"} 3` + "\n"
	if _, err := appendText(t, s, noon, body, plain); err != nil {
		t.Fatal(err)
	}
	query := `jobs{service="guestbook",process="web",exported_process="x",exported_service="mail",exported_exported_service="billing"}`
	if v, found := valueOf(t, s, query, noon); !found || v != 3 {
		t.Fatal("not found")
	}
}

func TestOneMalformedLineFailsTheWholeText(t *testing.T) {
	for name, body := range map[string]string{
		"no value":      "good 1\nbad\n",
		"open brace":    "good 1\nbad{a=\"b\" 1\n",
		"not a number":  "good 1\nbad one\n",
		"html":          "<html><body>good 1</body></html>",
		"invalid UTF-8": "good 1\nbad{a=\"\xff\"} 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t)
			if n, err := appendText(t, s, noon, body, plain); err == nil || n != 0 {
				t.Fatalf("kept %d, %v", n, err)
			}
			if _, found := valueOf(t, s, "good", noon); found {
				t.Fatal("a good line of a bad text was kept")
			}
		})
	}
}

func TestATextOfAnUnknownTypeIsRefused(t *testing.T) {
	s := fresh(t)
	for _, contentType := range []string{"", "text/html", "application/json"} {
		if _, err := appendText(t, s, noon, "good 1\n", contentType); err == nil {
			t.Errorf("%q was read", contentType)
		}
	}
}

func TestATextWithTooManySamplesIsRefused(t *testing.T) {
	s := fresh(t)
	var body strings.Builder
	for i := range sampleLimit + 1 {
		fmt.Fprintf(&body, "m{i=\"%d\"} 1\n", i)
	}
	_, err := appendText(t, s, noon, body.String(), plain)
	if err == nil {
		t.Fatal("kept")
	}
	contains(t, err.Error(), "more than 10000 samples")
}

func TestSeriesThatAreMissingInTheNextTextEnd(t *testing.T) {
	s := fresh(t)
	steps := []struct {
		body      string
		one, both bool
	}{
		{"one 1\ntwo 2\n", true, true},
		{"one 1\n", true, false},
		{"one 1\ntwo 2\n", true, true},
		{"", false, false},
	}
	at := noon
	for i, step := range steps {
		at = at.Add(5 * time.Second)
		if _, err := appendText(t, s, at, step.body, plain); err != nil {
			t.Fatal(err)
		}
		_, one := valueOf(t, s, "one", at)
		_, two := valueOf(t, s, "two", at)
		if one != step.one || two != step.both {
			t.Errorf("step %d: one %v, two %v", i, one, two)
		}
	}
}

func TestAProcessCannotSpeakForItsProbe(t *testing.T) {
	s := fresh(t)
	probe(t, s, noon, 0, 0.1)
	n, err := appendText(t, s, noon.Add(time.Second), "gemba_probe_success 1\nup 1\nown 1\n", plain)
	if err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if v, _ := valueOf(t, s, monitor.ProbeSuccess, noon.Add(time.Second)); v != 0 {
		t.Fatal("a process overruled its probe")
	}
}

func TestTheFirstOfTwoSamplesOfOneSeriesCountsAndTimestampsDoNot(t *testing.T) {
	s := fresh(t)
	if n, err := appendText(t, s, noon, "own 1 1000\nown 2\n", plain); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if v, _ := valueOf(t, s, "own", noon); v != 1 {
		t.Fatal(v)
	}
}

func TestJoiningLabelsLosesNone(t *testing.T) {
	name := rapid.SampledFrom([]string{"service", "exported_service", "exported_exported_service", "process", "page"})
	rapid.Check(t, func(t *rapid.T) {
		exposed := rapid.MapOf(name, rapid.StringMatching(`[a-z]{1,3}`)).Draw(t, "exposed")
		own := rapid.MapOf(name, rapid.StringMatching(`[A-Z]{1,3}`)).Draw(t, "target")
		joined := join(promlabels.FromMap(exposed), promlabels.FromMap(own))
		if joined.Len() != len(exposed)+len(own) {
			t.Fatalf("%v and %v give %v", exposed, own, joined)
		}
		for label, v := range own {
			if joined.Get(label) != v {
				t.Fatalf("%v and %v give %v", exposed, own, joined)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, body := range []string{"a 1\n", "# HELP a b\n# TYPE a counter\na{b=\"c\"} 1 1000\n", "{\"a.b\",c=\"d\"} +Inf\n", "a{", "\x00", "# EOF\n"} {
		f.Add([]byte(body), plain)
		f.Add([]byte(body), "application/openmetrics-text; version=1.0.0")
	}
	joined := promlabels.FromMap(own)
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		lines, err := parse(body, contentType, joined)
		if err != nil && lines != nil {
			t.Fatal("lines of a text that cannot be read")
		}
		for _, l := range lines {
			if l.labels.Get("service") != "guestbook" || monitor.Reserved(l.labels.Get(model.MetricNameLabel)) {
				t.Fatalf("%v", l.labels)
			}
		}
	})
}
