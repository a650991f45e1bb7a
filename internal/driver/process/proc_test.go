package process_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gemba/internal/wire"
)

// unique is a word that marks the command lines of one test.
func unique(t testing.TB) string {
	return fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(t.Name(), "/", "-"), os.Getpid(), time.Now().UnixNano())
}

// running lists the living processes whose command line holds word.
func running(t testing.TB, word string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(content, []byte(word)) {
			continue
		}
		dir := filepath.Dir(file)
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue
		}
		parsed, err := wire.ParseStat(stat)
		if err != nil {
			t.Fatal(err)
		}
		if pid, _ := strconv.Atoi(filepath.Base(dir)); parsed.State != 'Z' && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// waiting lists the supervisors of this test's worker that have not been told
// what to run: they are in no directory.
func waiting(t testing.TB) []int {
	t.Helper()
	var pids []int
	for _, pid := range running(t, "supervise\x00--stay") {
		program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil || program != worker {
			continue
		}
		in, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", pid))
		if err == nil && in != os.DevNull {
			pids = append(pids, pid)
		}
	}
	return pids
}
