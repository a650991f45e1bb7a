package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Entry is a line that a visitor left.
type Entry struct {
	Name string    `json:"name"`
	Text string    `json:"text"`
	Time time.Time `json:"time"`
}

// Book keeps entries, one JSON object a line, in a file that is only appended to: several
// processes may write to it at the same time.
type Book struct{ file *os.File }

// OpenBook opens the book of a directory, making it when it is missing.
func OpenBook(dir string) (*Book, error) {
	file, err := os.OpenFile(filepath.Join(dir, "entries.jsonl"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the book: %w", err)
	}
	return &Book{file}, nil
}

// Add appends an entry; it is on the disk when Add returns.
func (b *Book) Add(e Entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encoding an entry: %w", err)
	}
	// One write: the kernel keeps appended lines of several writers whole.
	if _, err := b.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("writing an entry: %w", err)
	}
	return b.file.Sync()
}

// Entries returns all entries, newest first. A line that a crash cut short is passed over.
func (b *Book) Entries() ([]Entry, error) {
	lines := bufio.NewScanner(io.NewSectionReader(b.file, 0, 1<<40))
	lines.Buffer(nil, 1<<20)
	var entries []Entry
	for lines.Scan() {
		var e Entry
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			entries = append([]Entry{e}, entries...)
		}
	}
	return entries, lines.Err()
}

// Close closes the file.
func (b *Book) Close() error { return b.file.Close() }
