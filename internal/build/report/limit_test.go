package report

import (
	"io"
	"strings"
	"testing"
)

func TestReportThatIsTooLargeIsNotReadOn(t *testing.T) {
	if b, err := io.ReadAll(&printable{r: strings.NewReader("12345"), left: 5}); err != nil || string(b) != "12345" {
		t.Errorf("got %q, %v", b, err)
	}
	if _, err := io.ReadAll(&printable{r: strings.NewReader("123456"), left: 5}); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("got %v", err)
	}
}
