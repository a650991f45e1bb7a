package resource

import "context"

// InOrder is a Together that applies one after the other, as they were declared. Kinds of which several change one file need
// it: which line comes first is then not left to chance.
func InOrder[D, S any](apply func(context.Context, System, D, S) error) func(context.Context, System, []D, []S) []error {
	return func(ctx context.Context, sys System, all []D, states []S) []error {
		failures := make([]error, len(all))
		for i, d := range all {
			failures[i] = apply(ctx, sys, d, states[i])
		}
		return failures
	}
}

// LockText is the lock of kinds that change a part of a text: two of them may be at the same file.
const LockText = "text"

// LockAccounts is the lock of kinds that change users and groups: the programs that do wait for one another only a little.
const LockAccounts = "accounts"
