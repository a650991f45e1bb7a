package gemba

// TestResult is the outcome of one test of a suite.
type TestResult struct {
	Suite    string   `json:"suite"`            // the test block
	Package  string   `json:"package"`          // Go package or JUnit class
	Name     string   `json:"name"`             //
	Outcome  Outcome  `json:"outcome"`          //
	Duration Duration `json:"duration"`         //
	Output   string   `json:"output,omitempty"` // of a test that failed
}

// Outcome is how a single test ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)
