package ledger_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gemba"
	"gemba/internal/driver/heads"
	"gemba/internal/ledger"
	"gemba/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// check is what the tests need of *testing.T and *rapid.T.
type check interface {
	Helper()
	Fatalf(format string, args ...any)
}

// book is a real ledger: a SQLite store and a file of heads beside it.
type book struct {
	t       check
	dir     string // the state directory
	outside string
	store   *sqlite.Store
	sealer  *ledger.Sealer
	heads   *heads.File
}

func newBook(t check, root string) *book {
	b := &book{t: t, dir: filepath.Join(root, "state"), outside: filepath.Join(root, "outside")}
	b.must(os.MkdirAll(b.dir, 0o700))
	b.open()
	return b
}

func (b *book) open() {
	store, err := sqlite.Open(context.Background(), b.db())
	b.must(err)
	id, err := store.Ledger(context.Background())
	b.must(err)
	b.store, b.heads = store, heads.New(b.outside, id, b.dir)
	b.sealer = &ledger.Sealer{
		Store: store, Heads: b.heads, Keys: heads.NewKeyFile(b.key()), Now: time.Now, Rand: rand.Reader,
		Interval: time.Millisecond,
	}
}

func (b *book) db() string  { return filepath.Join(b.dir, "state.db") }
func (b *book) key() string { return filepath.Join(b.dir, "ledger.key") }

func (b *book) close() { b.must(b.store.Close()) }

// write appends n events.
func (b *book) write(n int) {
	b.t.Helper()
	var events []gemba.Event
	for i := range n {
		events = append(events, gemba.Event{
			Actor: "uid:1000(ana)", Kind: "run.accepted", Subject: "service/guestbook", Run: int64(i + 1),
			Data: fmt.Appendf(nil, `{"commit":"4f2a91c","n":%d}`, i),
		})
	}
	_, err := b.store.Append(context.Background(), events...)
	b.must(err)
}

func (b *book) seal() ledger.Head {
	b.t.Helper()
	head, err := b.sealer.Seal(context.Background())
	b.must(err)
	return head
}

func (b *book) verify() ledger.Report {
	b.t.Helper()
	report, err := ledger.Verify(context.Background(), b.store, b.heads)
	b.must(err)
	return report
}

// passes verifies and expects nothing wrong.
func (b *book) passes() ledger.Report {
	b.t.Helper()
	report := b.verify()
	if !report.OK() {
		b.t.Fatalf("an honest ledger was refused:\n%s", report)
	}
	return report
}

// fails verifies and expects a sentence with these words, at an event (0: none in particular).
func (b *book) fails(seq int64, words string) {
	b.t.Helper()
	report := b.verify()
	for _, finding := range report.Findings {
		if finding.Seq == seq && strings.Contains(finding.What, words) {
			return
		}
	}
	b.t.Fatalf("no finding at event %d says %q:\n%+v", seq, words, report)
}

// sql changes the closed database behind the store's back.
func (b *book) sql(statements ...string) {
	b.t.Helper()
	db, err := sql.Open("sqlite", b.db())
	b.must(err)
	defer db.Close()
	for _, statement := range statements {
		_, err := db.Exec(statement)
		b.must(err)
	}
}

// behind closes the store, lets f change the files, and opens it again.
func (b *book) behind(f func()) {
	b.t.Helper()
	b.close()
	f()
	b.open()
}

func (b *book) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%v", err)
	}
}

func (b *book) copyFile(from, to string) {
	b.t.Helper()
	content, err := os.ReadFile(from)
	b.must(err)
	b.must(os.WriteFile(to, content, 0o600))
}

// folder is a directory for one test, in memory where there is such a place:
// these tests are about what is written, and hundreds of fsyncs are slow.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "ledger")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// memory is a directory in memory, or "".
func memory() string {
	if _, err := os.Stat("/dev/shm"); err != nil {
		return ""
	}
	return "/dev/shm"
}

// filled is a book of 40 events under four heads, and 3 events not yet sealed.
func filled(t *testing.T) *book {
	t.Helper()
	b := newBook(t, folder(t))
	t.Cleanup(func() { b.close() })
	for range 4 {
		b.write(10)
		b.seal()
	}
	b.write(3)
	return b
}
