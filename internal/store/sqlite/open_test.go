package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"gemba"
	"gemba/internal/store/sqlite"
)

func TestStateIsForTheOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	if _, err := s.Append(t.Context(), gemba.Event{Kind: "k"}); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s%s: %v, %v", path, suffix, info.Mode(), err)
		}
	}
}

func TestStateOutlivesTheProcessInOddlyNamedPlaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "100% état ?a=b&c#d.db")
	s := open(t, path)
	id, err := s.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetSetting(t.Context(), "x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if value, err := again.Setting(t.Context(), "x"); string(value) != "y" {
		t.Fatalf("got %q, %v", value, err)
	}
	if same, err := again.Ledger(t.Context()); same != id {
		t.Fatalf("the ledger's identity was %s and is %s, %v", id, same, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
}

func TestStateOfANewerGembaIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	behind(t, path, `PRAGMA user_version = 1000`)
	err := refused(t, path, gemba.Newer)
	if !strings.Contains(err.Why, "1000") || !strings.Contains(err.Why, "knows versions up to 2") || err.Try == "" {
		t.Fatalf("the error does not name both versions and what to do: %+v", err)
	}
	var version int
	if err := behindDB(t, path).QueryRow(`PRAGMA user_version`).Scan(&version); err != nil || version != 1000 {
		t.Fatalf("version %d, %v", version, err)
	}
}

func TestWhatIsNoStateOfGembaIsRefused(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, text, gemba.Invalid)
	if content, err := os.ReadFile(text); err != nil || !strings.HasPrefix(string(content), "not a database") {
		t.Fatalf("the file was changed: %v", err)
	}

	other := filepath.Join(dir, "other.db")
	behind(t, other, `CREATE TABLE songs (name TEXT)`)
	refused(t, other, gemba.Invalid)

	refused(t, dir, gemba.Invalid)
	refused(t, filepath.Join(dir, "missing", "state.db"), gemba.NotFound)
}

func TestWithoutPermissionTheErrorSaysSo(t *testing.T) {
	if os.Getuid() != 0 {
		path := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(path, nil, 0o400); err != nil {
			t.Fatal(err)
		}
		refused(t, path, gemba.Forbidden)
		return
	}
	// Root may do everything: somebody else has to try.
	dir, err := os.MkdirTemp("", "state")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "test")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	place(t, os.Args[0], program)
	for mode, what := range map[os.FileMode]string{0o600: "may not read it", 0o666: "may not write to its directory"} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(program, "-test.run", "^TestHelperOpensAsNobody$")
		child.Dir = "/"
		child.Env = []string{openPath + "=" + path}
		child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("who %s: %v\n%s", what, err, out)
		}
	}
}

// place makes a program appear at another path, without copying where the file system allows.
func place(t *testing.T, program, path string) {
	t.Helper()
	if os.Link(program, path) == nil {
		return
	}
	content, err := os.ReadFile(program)
	if err == nil {
		err = os.WriteFile(path, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

const openPath = "GEMBA_TEST_OPEN_PATH"

// TestHelperOpensAsNobody is the part of the test above that runs as another user.
func TestHelperOpensAsNobody(t *testing.T) {
	path := os.Getenv(openPath)
	if path == "" {
		t.Skip("only as another user")
	}
	refused(t, path, gemba.Forbidden)
}

func TestAFullDiskIsSaidAndNothingIsHalfKept(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	if _, err := s.Append(t.Context(), gemba.Event{Kind: "before"}); err != nil {
		t.Fatal(err)
	}
	s.LimitPages(t, 60)
	var err error
	created := 0
	for ; err == nil && created < 1000; created++ {
		_, err = s.Create(t.Context(), gemba.Run{Service: "guestbook"}, make([]byte, 4096), gemba.Event{Kind: "run.accepted"})
	}
	if gemba.CodeOf(err) != gemba.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("after %d runs: %v", created, err)
	}
	s.LimitPages(t, 1<<30)
	run, err := s.Create(t.Context(), gemba.Run{Service: "guestbook"}, nil, gemba.Event{Kind: "run.accepted"})
	if err != nil || run.ID != int64(created) {
		t.Fatalf("after room was made: run %d, %v; %d were refused or kept before", run.ID, err, created)
	}
}

func TestTwoProcessesMayMakeTheStateAtTheSameTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var wait sync.WaitGroup
	ids := make([]string, 4)
	for i := range ids {
		wait.Go(func() {
			s, err := sqlite.Open(context.Background(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			ids[i], err = s.Ledger(context.Background())
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("got %q", ids)
		}
	}
}

func TestABackupIsTheStateAsItWas(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "state.db"))
	for i := range 3 {
		if err := s.SetSetting(t.Context(), fmt.Sprint(i), []byte("v"), gemba.Event{Kind: "setting.changed"}); err != nil {
			t.Fatal(err)
		}
	}
	copied := filepath.Join(dir, "copy's.db")
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if err := s.Backup(t.Context(), copied); gemba.CodeOf(err) != gemba.Conflict {
		t.Fatalf("over another backup: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "missing", "copy.db")); gemba.CodeOf(err) != gemba.NotFound {
		t.Fatalf("into no directory: %v", err)
	}
	restored := open(t, copied)
	if value, err := restored.Setting(t.Context(), "2"); string(value) != "v" {
		t.Fatalf("got %q, %v", value, err)
	}
}

func TestSubscriptionsEndWithTheStore(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), gemba.Event{Kind: "k"}); err != nil {
		t.Fatal(err)
	}
	news := s.Subscribe(t.Context())
	if first := <-news; first != 1 {
		t.Fatalf("got %d", first)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := <-news; open {
		t.Fatal("news after the end")
	}
	if _, open := <-s.Subscribe(t.Context()); open {
		t.Fatal("a subscription to a closed store")
	}
}

func TestWhoWatchesIsToldThatAHostWasLookedAt(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	news := s.Subscribe(t.Context())
	<-news
	if err := s.KeepHost(t.Context(), gemba.HostState{}); err != nil {
		t.Fatal(err)
	}
	if seq := <-news; seq != 0 {
		t.Errorf("there is an event %d", seq)
	}
}

func TestAWriteIsNotBegunForAContextThatEnded(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, gemba.Event{Kind: "k"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// refused opens a path, expects an error of a code that says what to try, and returns it.
func refused(t *testing.T, path string, code gemba.Code) *gemba.Error {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err == nil {
		s.Close()
	}
	var known *gemba.Error
	if !errors.As(err, &known) || known.Code != code || known.Try == "" || !strings.Contains(known.What, path) {
		t.Fatalf("opening %s: got %#v, want code %s", path, err, code)
	}
	return known
}

func behindDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// behind changes a database behind the store's back.
func behind(t *testing.T, path, statement string) {
	t.Helper()
	if _, err := behindDB(t, path).Exec(statement); err != nil {
		t.Fatal(err)
	}
}
