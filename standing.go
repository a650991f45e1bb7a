package gemba

// Standing is how a host stands to what is declared of it, as far as is known.
type Standing string

// The standings, the calm one first.
const (
	AsDeclared   Standing = "as declared"
	NeverApplied Standing = "never applied"
	Differs      Standing = "differs"
	Silent       Standing = "does not answer"
)

// Standing says it in one word. A host that does not answer may differ or not: what was known of it before is old.
// One that was never brought to what is declared has not departed from it.
func (s HostState) Standing() Standing {
	switch {
	case s.Error != "":
		return Silent
	case s.Applied.IsZero() && (len(s.Changes) > 0 || s.Observed.IsZero()):
		return NeverApplied
	case len(s.Changes) > 0:
		return Differs
	}
	return AsDeclared
}
