package report_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gemba"
	"gemba/internal/build/report"
)

func TestJUnitAsToolsWriteIt(t *testing.T) {
	result := func(pkg, name string, outcome gemba.Outcome, took time.Duration, output string) gemba.TestResult {
		return gemba.TestResult{Suite: "unit", Package: pkg, Name: name, Outcome: outcome, Duration: gemba.Duration(took), Output: output}
	}
	for name, c := range map[string]struct {
		xml  string
		want []gemba.TestResult
	}{
		"pytest": {`<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="0" failures="1" tests="3" time="0.038">
<testcase classname="test_app" name="test_ok" time="0.001" /><testcase classname="test_app" name="test_bad[1-&lt;2&gt;]" time="0.002"><failure message="assert 1 == 2">def test_bad():
&gt;       assert 1 == 2</failure></testcase><testcase classname="test_app" name="test_later" time="0"><skipped type="pytest.skip" message="later">app.py:3: later</skipped></testcase></testsuite></testsuites>`,
			[]gemba.TestResult{
				result("test_app", "test_ok", gemba.Passed, time.Millisecond, ""),
				result("test_app", "test_bad[1-<2>]", gemba.Failed, 2*time.Millisecond, "def test_bad():\n>       assert 1 == 2"),
				result("test_app", "test_later", gemba.Skipped, 0, ""),
			}},
		"surefire": {`<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://example.com/x.xsd" name="a.B" time="1,234.5">
<properties><property name="os" value="linux"/></properties>
<testcase name="slow" classname="a.B" time="1,234.5"/>
<testcase name="broken" classname="a.B" time="0,25"><error message="boom" type="java.lang.IllegalStateException"><![CDATA[at a.B(B.java:3) <here>]]></error><system-out><![CDATA[printed]]></system-out></testcase></testsuite>`,
			[]gemba.TestResult{
				result("a.B", "slow", gemba.Passed, 1234500*time.Millisecond, ""),
				result("a.B", "broken", gemba.Failed, 250*time.Millisecond, "boom\nat a.B(B.java:3) <here>\nprinted"),
			}},
		"nested, without class names": {`<testsuites><testsuite name="outer"><testsuite name="inner"><testcase name="a"/></testsuite><testcase name="b"><failure/></testcase></testsuite></testsuites>`,
			[]gemba.TestResult{
				result("inner", "a", gemba.Passed, 0, ""),
				result("outer", "b", gemba.Failed, 0, "failed without a message"),
			}},
		"colours and an old encoding": {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><testsuite name=\"s\"><testcase classname=\"c\" name=\"gr\xfcn\"><failure>\x1b[31mred</failure></testcase></testsuite>",
			[]gemba.TestResult{result("c", "grün", gemba.Failed, 0, "[31mred")}},
		"Node's own runner": {`<testsuites><testcase name="greets" time="0.001" classname="test"/><testsuite name="group"><testcase name="in" classname="test" file="a.test.js"/><testcase name="of" classname="test"/></testsuite></testsuites>`,
			[]gemba.TestResult{
				result("", "greets", gemba.Passed, time.Millisecond, ""),
				result("a.test.js", "in", gemba.Passed, 0, ""),
				result("group", "of", gemba.Passed, 0, ""),
			}},
		"no tests":       {`<testsuites/>`, nil},
		"googletest":     {`<testsuites><testsuite name="s"><testcase name="t" status="notrun" classname="C" time="0s"/></testsuite></testsuites>`, []gemba.TestResult{result("C", "t", gemba.Skipped, 0, "")}},
		"time of nobody": {`<testsuite><testcase name="t" time="soon"/></testsuite>`, []gemba.TestResult{result("", "t", gemba.Passed, 0, "")}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := report.JUnit(strings.NewReader(c.xml), "unit")
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
			}
		})
	}
}

func TestMalformedReportNamesTheLine(t *testing.T) {
	for name, c := range map[string]struct{ xml, want string }{
		"cut off":         {"<testsuites>\n<testsuite name=\"s\">\n<testcase name=\"a\"/>\n<testc", "line 4"},
		"not closed":      {"<testsuite>\n<testcase name=\"a\">\n</testsuite>", "line 3"},
		"not a report":    {"<html>\n</html>", "line 1: it begins with <html>"},
		"empty":           {"", "line 1: it is empty or ends too early"},
		"plain text":      {"1 passed in 0.1s", "it is empty or ends too early"},
		"unknown entity":  {"<testsuite>\n<testcase name=\"a\"><failure>&evil;</failure></testcase></testsuite>", "line 2: invalid character entity &evil;"},
		"external entity": {"<!DOCTYPE x [<!ENTITY evil SYSTEM \"file:///etc/passwd\">]>\n<testsuite>\n<testcase name=\"a\"><failure>&evil;</failure></testcase></testsuite>", "line 3: invalid character entity &evil;"},
		"odd encoding":    {"<?xml version=\"1.0\" encoding=\"EBCDIC\"?><testsuite/>", "EBCDIC"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := report.JUnit(strings.NewReader(c.xml), "unit")
			var told *gemba.Error
			if !errors.As(err, &told) || told.Code != gemba.Invalid || told.Try == "" || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"unit"`) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestResultsBeforeTheMalformedLineAreKept(t *testing.T) {
	got, err := report.JUnit(strings.NewReader("<testsuite><testcase name=\"a\"/><testcase name=\"b\"><"), "unit")
	if err == nil || len(got) != 1 || got[0].Name != "a" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzJUnit(f *testing.F) {
	f.Add(`<testsuites><testsuite name="s"><testcase name="a" time="1,2"><failure message="m">t<b/></failure><skipped/></testcase></testsuite></testsuites>`)
	f.Add("<?xml version=\"1.0\" encoding=\"latin1\"?><testsuite>\xff")
	f.Fuzz(func(t *testing.T, xml string) {
		results, err := report.JUnit(strings.NewReader(xml), "s")
		if err != nil && gemba.CodeOf(err) != gemba.Invalid {
			t.Errorf("got %v", err)
		}
		lawful(t, results)
	})
}
