package wire_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"gemba"
	"gemba/internal/wire"
)

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := gemba.LogLine{
			Time:   time.UnixMilli(rapid.Int64Range(0, 4102444800000).Draw(t, "time")).UTC(),
			Stream: rapid.SampledFrom([]string{wire.StreamOut, wire.StreamErr, wire.StreamNote}).Draw(t, "stream"),
			Source: rapid.StringMatching(`([A-Za-z0-9._-]{1,20})?`).Draw(t, "source"),
			Text:   strings.TrimSuffix(strings.ReplaceAll(rapid.String().Draw(t, "text"), "\n", ""), "\r"),
			More:   rapid.Bool().Draw(t, "more"),
		}
		record := wire.AppendRecord(nil, line)
		if bytes.Count(record, []byte("\n")) != 1 || record[len(record)-1] != '\n' {
			t.Fatalf("%q is not one line", record)
		}
		read, err := wire.ParseRecord(record)
		if err != nil || read != line {
			t.Fatalf("%+v was read as %+v: %v", line, read, err)
		}
	})
}

func TestRecordLooksAsDocumented(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 6, 11, 70_000_000, time.FixedZone("", 3600))
	got := string(wire.AppendRecord(nil, gemba.LogLine{Time: at, Stream: "err", Source: "db", Text: "no such table", More: true}))
	if want := "2026-11-23T13:06:11.070Z err:db+ no such table\n"; got != want {
		t.Fatalf("the record is %q, want %q", got, want)
	}
	head := wire.AppendBase(nil, at, 4096)
	if base, ok := wire.ParseBase(head); !ok || base != 4096 {
		t.Fatalf("the head %q says %d, %v", head, base, ok)
	}
	if _, err := wire.ParseRecord(head); err == nil {
		t.Fatal("the head of a file was read as a line")
	}
}

func TestJoinerKeepsStreamsApart(t *testing.T) {
	var joiner wire.Joiner
	var whole []string
	for _, line := range []gemba.LogLine{
		{Stream: "out", Text: "a", More: true}, {Stream: "err", Text: "x", More: true}, {Stream: "out", Text: "b", More: true},
		{Stream: "err", Text: "y"}, {Stream: "out", Text: "c"}, {Stream: "out", Source: "db", Text: "left", More: true},
	} {
		if line, ok := joiner.Add(line); ok {
			whole = append(whole, line.Text)
		}
	}
	if got := strings.Join(whole, " "); got != "xy abc" {
		t.Fatalf("the lines are %q", got)
	}
	if rest := joiner.Rest(); len(rest) != 1 || rest[0].Text != "left" {
		t.Fatalf("the rest is %v", rest)
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("2026-11-23T13:06:11.070Z out hello\n"))
	f.Add([]byte("2026-11-23T13:06:11.070Z err:db+ \xff\r\n"))
	f.Add([]byte("2026-11-23T13:06:11.070Z at 77\n"))
	f.Add([]byte("goroutine 1 [running]:"))
	f.Fuzz(func(t *testing.T, record []byte) {
		if base, ok := wire.ParseBase(record); ok && base < 0 {
			t.Fatalf("base %d", base)
		}
		line, err := wire.ParseRecord(record)
		if err != nil {
			return
		}
		if !utf8.ValidString(line.Text) {
			t.Fatalf("%q is not UTF-8", line.Text)
		}
		if strings.Contains(line.Text, "\n") {
			return // more than a record was given
		}
		again, err := wire.ParseRecord(wire.AppendRecord(nil, line))
		if line.More || !strings.HasSuffix(line.Text, "\r") {
			if err != nil || again != line {
				t.Fatalf("%+v became %+v: %v", line, again, err)
			}
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (a ) b) S 1 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 6 7"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, content []byte) {
		stat, err := wire.ParseStat(content)
		if err != nil && stat != (wire.Stat{}) {
			t.Fatalf("%+v with %v", stat, err)
		}
	})
}

func TestStatOfAProgramWhoseNameLooksLikeFields(t *testing.T) {
	stat, err := wire.ParseStat([]byte("42 (a ) S 9) Z 7 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 6 7\n"))
	if want := (wire.Stat{State: 'Z', Parent: 7, Session: 40, Start: 12345}); err != nil || stat != want {
		t.Fatalf("%+v, %v, want %+v", stat, err, want)
	}
}

func TestMarksOfTwoDirectoriesDiffer(t *testing.T) {
	if wire.Mark("a", "/one") == wire.Mark("a", "/two") {
		t.Fatal("the same mark")
	}
}
