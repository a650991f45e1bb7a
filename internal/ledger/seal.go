package ledger

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Sealer hashes events into the tree after they were committed, and signs
// heads over it. Its methods may be called at the same time.
type Sealer struct {
	Store    HashStore
	Heads    Heads
	Keys     KeyFile
	Now      func() time.Time
	Rand     io.Reader     // for the key made at first use: crypto/rand.Reader
	Interval time.Duration // of Run: from an event to its seal at most; 0: 1 s

	mu     sync.Mutex
	signer note.Signer
}

// Seal puts every event that is not yet under a head under a new one, and
// returns the newest head; with nothing new it writes nothing and returns
// the zero Head.
//
// The head goes outside first. A crash between the two writes leaves a head
// outside that the store does not know, which is true all the same; the
// other way round a cut of the outside file could not be told from a crash.
func (s *Sealer) Seal(ctx context.Context) (Head, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sealed, err := s.Store.Sealed(ctx)
	if err != nil {
		return Head{}, fmt.Errorf("seal the ledger: %w", err)
	}
	tree, fresh, err := s.hash(ctx, sealed)
	if err != nil || tree.size == sealed {
		return Head{}, err
	}
	head, signed, err := s.sign(ctx, tree)
	if err != nil {
		return Head{}, err
	}
	if err := s.Heads.Append(ctx, signed); err != nil {
		return Head{}, fmt.Errorf("keep a head outside the state directory: %w", err)
	}
	if err := s.Store.AppendHead(ctx, head.Size, signed, tlog.StoredHashCount(sealed), fresh); err != nil {
		return Head{}, fmt.Errorf("keep a head: %w", err)
	}
	return head, nil
}

// hash adds the events after the first sealed ones to the tree.
func (s *Sealer) hash(ctx context.Context, sealed int64) (*frontier, []tlog.Hash, error) {
	stored := func(indexes []int64) ([]tlog.Hash, error) { return s.Store.Hashes(ctx, indexes) }
	tree, err := loadFrontier(sealed, tlog.HashReaderFunc(stored))
	if err != nil {
		return nil, nil, fmt.Errorf("read the edge of the tree: %w", err)
	}
	var fresh []tlog.Hash
	err = s.Store.Leaves(ctx, sealed+1, func(seq int64, leaf []byte) error {
		if seq != tree.size+1 {
			return fmt.Errorf("event %d is missing: run `gemba ledger verify`", tree.size+1)
		}
		hashes, err := tree.add(leaf)
		fresh = append(fresh, hashes...)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("hash the new events: %w", err)
	}
	return tree, fresh, nil
}

func (s *Sealer) sign(ctx context.Context, tree *frontier) (Head, []byte, error) {
	signer, err := s.key(ctx)
	if err != nil {
		return Head{}, nil, err
	}
	root, err := tree.root()
	if err != nil {
		return Head{}, nil, err
	}
	head := Head{Size: tree.size, Root: root, Time: s.Now().UTC().Truncate(time.Second)}
	signed, err := head.sign(signer)
	return head, signed, err
}

// key loads the signing key, making it at first use. The verification key is
// kept outside before anything is signed with its other half.
func (s *Sealer) key(ctx context.Context) (note.Signer, error) {
	if s.signer != nil {
		return s.signer, nil
	}
	secret, err := s.Keys.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the ledger's key: %w", err)
	}
	if secret == "" {
		if secret, err = s.newKey(ctx); err != nil {
			return nil, fmt.Errorf("make the ledger's key: %w", err)
		}
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("read the ledger's key: %w", err)
	}
	if err := s.publish(ctx, secret); err != nil {
		return nil, fmt.Errorf("keep the verification key: %w", err)
	}
	s.signer = signer
	return signer, nil
}

func (s *Sealer) newKey(ctx context.Context) (string, error) {
	id, err := s.Store.Ledger(ctx)
	if err != nil {
		return "", err
	}
	secret, _, err := note.GenerateKey(s.Rand, id)
	if err != nil {
		return "", err
	}
	return secret, s.Keys.Save(ctx, secret)
}

func (s *Sealer) publish(ctx context.Context, secret string) error {
	public, err := verifierOf(secret)
	if err != nil {
		return err
	}
	kept, err := s.Heads.Keys(ctx)
	if err != nil {
		return err
	}
	for _, key := range kept {
		if key == public {
			return nil
		}
	}
	return s.Heads.KeepKey(ctx, public)
}
