package oci_test

import (
	"os"
	"testing"
)

// TestMain puts the directories of the tests into memory where it can: the
// store flushes what it writes, and hundreds of stores would wait for the disk.
func TestMain(m *testing.M) {
	const memory = "/dev/shm"
	if dir, err := os.MkdirTemp(memory, "oci-test-"); err == nil {
		if err := os.Setenv("TMPDIR", dir); err != nil {
			panic(err)
		}
		code := m.Run()
		if err := os.RemoveAll(dir); err != nil {
			panic(err)
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}
