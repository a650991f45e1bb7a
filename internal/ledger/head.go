package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Head says what the tree was at a moment: so many events, this root. Signed,
// it is a note (golang.org/x/mod/sumdb/note) whose text is tlog.FormatTree and
// one more line, the time of signing.
type Head struct {
	Size int64     `json:"size"` // events 1 to Size are under it
	Root tlog.Hash `json:"root"` // RFC 6962, section 2.1
	Time time.Time `json:"time"` // of signing
}

// sign makes the stored form of a head.
func (h Head) sign(signer note.Signer) ([]byte, error) {
	tree := tlog.FormatTree(tlog.Tree{N: h.Size, Hash: h.Root})
	text := string(tree) + h.Time.UTC().Format(time.RFC3339) + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return nil, fmt.Errorf("sign a head over %d events: %w", h.Size, err)
	}
	return signed, nil
}

// OpenHead checks the signature of a stored head and reads it.
func OpenHead(signed []byte, key note.Verifier) (Head, error) {
	opened, err := note.Open(signed, note.VerifierList(key))
	if err != nil {
		return Head{}, err
	}
	return parseHead(opened.Text)
}

func parseHead(text string) (Head, error) {
	tree, err := tlog.ParseTree([]byte(text))
	if err != nil {
		return Head{}, err
	}
	head := Head{Size: tree.N, Root: tree.Hash}
	if lines := strings.Split(text, "\n"); len(lines) > 3 {
		head.Time, err = time.Parse(time.RFC3339, lines[3])
	}
	return head, err
}

// claimed reads the size that a head claims without believing its signature,
// for the sentence that says which head is wrong.
func claimed(signed []byte) string {
	lines := strings.SplitN(string(signed), "\n", 3)
	if len(lines) < 2 {
		return "an unknown number of events"
	}
	if n, err := strconv.ParseInt(lines[1], 10, 64); err == nil {
		return events(n)
	}
	return "an unknown number of events"
}

func events(n int64) string {
	if n == 1 {
		return "1 event"
	}
	return strconv.FormatInt(n, 10) + " events"
}
