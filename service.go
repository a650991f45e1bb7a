package gemba

// Service is what users use: how it is built, tested and run.
type Service struct {
	Name      string    `json:"name"`
	Owner     string    `json:"owner,omitempty"`
	Dir       string    `json:"dir"` // its subtree of the repository, slash-separated; "." is all of it
	Build     Recipe    `json:"build"`
	Tests     []Test    `json:"tests,omitempty"`
	Processes []Process `json:"processes,omitempty"`
	Data      *Data     `json:"data,omitempty"` // nil: the service keeps nothing
}

// Recipe says how a commit becomes an artifact.
type Recipe struct {
	Run      string           `json:"run,omitempty"` // a script for `sh -e`; empty: nothing to build, the outputs are files of the commit
	Output   []string         `json:"output"`        // paths and globs, relative to the service's subtree
	Inputs   []string         `json:"inputs,omitempty"`
	Budget   Duration         `json:"budget"` // for build and tests together
	Network  bool             `json:"network,omitempty"`
	Cache    []string         `json:"cache,omitempty"`   // paths kept between builds, beside the toolchains' own
	Inherit  []string         `json:"inherit,omitempty"` // names of environment variables handed through
	Tools    []string         `json:"tools,omitempty"`   // directories of toolchains outside the system's, visible read-only
	Env      map[string]Value `json:"env,omitempty"`
	LogLimit int64            `json:"log_limit"` // bytes; what is beyond is counted and dropped
}

// Test is one suite that a build has to pass.
type Test struct {
	Name    string           `json:"name"`
	Run     string           `json:"run"` // a script for `sh -e`
	Report  Report           `json:"report"`
	Network bool             `json:"network,omitempty"`
	Env     map[string]Value `json:"env,omitempty"`
	With    []Companion      `json:"with,omitempty"`
}

// Companion is a program that a test needs running beside it, such as a database.
type Companion struct {
	Name    string           `json:"name"`
	Command []Value          `json:"command"`
	Env     map[string]Value `json:"env,omitempty"`
	Port    int              `json:"port,omitempty"` // waited for on 127.0.0.1 before the test begins; 0: not waited for
}

// Report says where a suite's single results are found.
type Report struct {
	Format string `json:"format,omitempty"` // "go": `go test -json` on standard output; "junit": XML files; empty: the exit code alone
	Path   string `json:"path,omitempty"`   // for junit: a path or glob
}

// Data is the directory that a service keeps in each environment; it
// survives deploys, rollbacks and `down`.
type Data struct {
	Shared bool `json:"shared,omitempty"` // two releases may write to it at the same time
}
