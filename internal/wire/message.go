package wire

// Ready is the one line that the starter of a supervisor reads from the pipe
// it gave as file descriptor 3. Exactly one field says something.
type Ready struct {
	OK       bool   `json:"ok,omitempty"`       // it answers on its socket, and the program was started or its end recorded
	Conflict bool   `json:"conflict,omitempty"` // another supervisor has the directory
	Error    string `json:"error,omitempty"`    // why it does not run
}

// What a supervisor is asked on its socket, one request a connection.
const (
	OpStatus = "status" // answered at once with Status
	OpWait   = "wait"   // answered with Exit when the end is recorded
	OpStop   = "stop"   // stops the program, then as OpWait
)

// Request is the line that a client sends.
type Request struct {
	Version int    `json:"version"`
	Op      string `json:"op"`
}

// Response is the line that it is answered with. Exactly one field is set.
type Response struct {
	Status *Status `json:"status,omitempty"`
	Exit   *Exit   `json:"exit,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// Isolation is what `gemba-worker isolation` prints.
type Isolation struct {
	Isolated bool   `json:"isolated"`
	Weakness string `json:"weakness,omitempty"`
}

// The files of a supervisor's directory.
const (
	LockFile   = "lock"        // held (flock) while the supervisor lives
	StatusFile = "status.json" // Status, at each change of state
	ExitFile   = "exit.json"   // Exit, once, synced
	LogFile    = "log"         // with log.1, log.2 … after rotations
)
