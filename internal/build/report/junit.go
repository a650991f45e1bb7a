package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gemba"
)

// JUnit reads a report in the XML of JUnit and of the many tools that write
// it: <testsuites>, nested <testsuite>, <testcase>. Only one test case is held at a
// time, and what is not allowed in XML but written all the same, such as the
// escapes of colours, is passed over. A report that is not well-formed is a gemba.Error with Invalid, which
// names the line; the results before it are returned too. Entities beyond
// XML's own are not followed.
func JUnit(r io.Reader, suite string) ([]gemba.TestResult, error) {
	decoder := xml.NewDecoder(&printable{r: r, left: largest})
	decoder.CharsetReader = charset
	j := junit{suite: suite, decoder: decoder}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && j.root {
			return j.results, nil
		}
		if err == nil {
			err = j.token(token)
		}
		if err != nil {
			return j.results, j.malformed(err)
		}
	}
}

// nodes is the class name that Node's own runner gives to every test: it says nothing.
const nodes = "test"

type junit struct {
	suite   string
	decoder *xml.Decoder
	suites  []string // names of the open <testsuite>s
	root    bool     // whether a report has begun
	results []gemba.TestResult
}

func (j *junit) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if !j.root && t.Name.Local != "testsuites" && t.Name.Local != "testsuite" {
			return fmt.Errorf("it begins with <%s>, not with <testsuites> or <testsuite>", t.Name.Local)
		}
		j.root = true
		switch t.Name.Local {
		case "testsuite":
			j.suites = append(j.suites, attribute(t, "name"))
		case "testcase":
			return j.testcase(t)
		case "testsuites":
		default:
			return j.decoder.Skip()
		}
	case xml.EndElement:
		if t.Name.Local == "testsuite" && len(j.suites) > 0 {
			j.suites = j.suites[:len(j.suites)-1]
		}
	}
	return nil
}

// testcase reads up to </testcase>.
func (j *junit) testcase(start xml.StartElement) error {
	result := gemba.TestResult{
		Suite: j.suite, Package: attribute(start, "classname"), Name: attribute(start, "name"),
		Outcome: gemba.Passed, Duration: duration(attribute(start, "time")),
	}
	if result.Package == nodes {
		result.Package = attribute(start, "file")
	}
	if result.Package == "" && len(j.suites) > 0 {
		result.Package = j.suites[len(j.suites)-1]
	}
	if status := attribute(start, "status"); strings.EqualFold(status, "disabled") || strings.EqualFold(status, "notrun") {
		result.Outcome = gemba.Skipped
	}
	var failure, printed output
	for {
		token, err := j.decoder.Token()
		if err != nil {
			return err
		}
		if _, end := token.(xml.EndElement); end {
			break
		}
		child, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch child.Name.Local {
		case "failure", "error":
			result.Outcome = gemba.Failed
			err = j.failure(child, &failure)
		case "skipped":
			if result.Outcome == gemba.Passed {
				result.Outcome = gemba.Skipped
			}
			err = j.decoder.Skip()
		case "system-out", "system-err":
			err = j.text(&printed)
		default:
			err = j.decoder.Skip()
		}
		if err != nil {
			return err
		}
	}
	if result.Outcome == gemba.Failed {
		if !printed.empty() {
			failure.add("\n" + printed.String())
		}
		result.Output = strings.TrimSpace(failure.String())
	}
	j.results = append(j.results, result)
	return nil
}

// failure reads what a <failure> or <error> says; many tools repeat the message in the text.
func (j *junit) failure(start xml.StartElement, into *output) error {
	if !into.empty() {
		into.add("\n")
	}
	var text output
	if err := j.text(&text); err != nil {
		return err
	}
	message := attribute(start, "message")
	if message == "" {
		message = attribute(start, "type")
	}
	body := strings.TrimSpace(text.String())
	if !strings.Contains(body, message) {
		into.add(message + "\n")
	}
	into.add(body)
	if body == "" && message == "" {
		into.add("failed without a message")
	}
	return nil
}

// text reads the characters up to the end of the element that is open.
func (j *junit) text(into *output) error {
	for depth := 1; depth > 0; {
		token, err := j.decoder.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			into.add(string(t))
		}
	}
	return nil
}

func (j *junit) malformed(err error) error {
	line, _ := j.decoder.InputPos()
	why := err.Error()
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line, why = syntax.Line, syntax.Msg
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		why = "it is empty or ends too early"
	}
	return &gemba.Error{Code: gemba.Invalid, What: fmt.Sprintf("the report of test %q cannot be read", j.suite),
		Why: fmt.Sprintf("line %d: %s", line, why), Try: "check that the test writes JUnit XML to the path in report", Err: err}
}

// attribute returns an attribute's value, whatever its namespace.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// duration reads seconds as tools write them: "0.5", "1,234.5", "0,5".
func duration(text string) gemba.Duration {
	text = strings.TrimSuffix(strings.TrimSpace(text), "s")
	if strings.Contains(text, ".") || strings.Count(text, ",") > 1 {
		text = strings.ReplaceAll(text, ",", "")
	} else {
		text = strings.ReplaceAll(text, ",", ".")
	}
	s, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return seconds(s)
}

// largest is how many bytes of a report are read: a text in it is held whole while it is read.
const largest = 64 << 20

// printable replaces the control characters that XML forbids by spaces.
type printable struct {
	r    io.Reader
	left int64
}

func (p *printable) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	for i, c := range b[:n] {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			b[i] = ' '
		}
	}
	if p.left -= int64(n); p.left < 0 {
		return 0, fmt.Errorf("it is larger than %d MiB", largest>>20)
	}
	return n, err
}

// charset takes ISO 8859-1 beside UTF-8, which some tools still write.
func charset(name string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return input, nil
	case "iso-8859-1", "latin1", "windows-1252":
		return &latin1{input}, nil
	}
	return nil, fmt.Errorf("the encoding %s is not known; write UTF-8", name)
}

type latin1 struct{ r io.Reader }

// Read gives each byte as the character of that number.
func (l *latin1) Read(b []byte) (int, error) {
	raw := make([]byte, len(b)/2)
	if len(raw) == 0 {
		return 0, io.ErrShortBuffer
	}
	n, err := l.r.Read(raw)
	out := b[:0]
	for _, c := range raw[:n] {
		out = append(out, string(rune(c))...)
	}
	return len(out), err
}
