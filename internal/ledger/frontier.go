package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the right edge of a Merkle tree: of each level the root of its
// last complete subtree. It is all that is needed to add the next leaf and to
// know the root, so a ledger of any length is hashed in constant memory.
type frontier struct {
	size  int64
	edges [63]edge // by level
}

type edge struct {
	index int64 // tlog.StoredHashIndex
	hash  tlog.Hash
}

// loadFrontier reads the edge of a tree of a size from its stored hashes.
func loadFrontier(size int64, stored tlog.HashReader) (*frontier, error) {
	f := &frontier{size: size}
	keep := func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := stored.ReadHashes(indexes)
		if err != nil {
			return nil, err
		}
		for i, index := range indexes {
			f.put(index, hashes[i])
		}
		return hashes, nil
	}
	// The hashes that make the root of a tree are exactly its edge.
	if _, err := tlog.TreeHash(size, tlog.HashReaderFunc(keep)); err != nil {
		return nil, err
	}
	return f, nil
}

// add hashes the next leaf and returns the hashes to store: its own, and
// those of the subtrees that it completes.
func (f *frontier) add(leaf []byte) ([]tlog.Hash, error) {
	hashes, err := tlog.StoredHashesForRecordHash(f.size, tlog.RecordHash(leaf), f)
	if err != nil {
		return nil, err
	}
	for level, hash := range hashes {
		f.put(tlog.StoredHashIndex(level, f.size>>uint(level)), hash)
	}
	f.size++
	return hashes, nil
}

// root is the hash of the tree as it is.
func (f *frontier) root() (tlog.Hash, error) { return tlog.TreeHash(f.size, f) }

// ReadHashes implements tlog.HashReader for the edge alone.
func (f *frontier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, _ := tlog.SplitStoredHashIndex(index)
		if f.edges[level].index != index {
			return nil, fmt.Errorf("hash %d is not on the edge of a tree of %d leaves", index, f.size)
		}
		hashes[i] = f.edges[level].hash
	}
	return hashes, nil
}

func (f *frontier) put(index int64, hash tlog.Hash) {
	level, _ := tlog.SplitStoredHashIndex(index)
	f.edges[level] = edge{index, hash}
}
