package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"gemba"
)

// Inputs is everything that a build's result may depend on. Two builds with
// the same inputs are the same build.
type Inputs struct {
	Tree     string            `json:"tree"`               // name of the subtree's exact content
	Declared map[string]string `json:"declared,omitempty"` // path to name of its content, for inputs outside the subtree
	Recipe   gemba.Recipe      `json:"recipe"`
	Tools    map[string]string `json:"tools,omitempty"` // toolchain to version
	Platform string            `json:"platform"`
	Inherit  map[string]string `json:"inherit,omitempty"` // declared variables of the environment
	Secrets  map[string]string `json:"secrets,omitempty"` // name to version
}

// keyVersion changes when the meaning of an artifact's bytes changes, so that old artifacts are not found for new keys.
const keyVersion = "gemba build 1\n"

// Key is the name of the inputs: hexadecimal SHA-256 of their canonical JSON.
// What bounds a build without shaping its bytes (budget, log limit) is left out.
func (in Inputs) Key() string {
	in.Recipe.Budget, in.Recipe.LogLimit = 0, 0
	text, err := json.Marshal(in)
	if err != nil {
		panic("build inputs do not marshal: " + err.Error()) // plain values always do
	}
	sum := sha256.Sum256(append([]byte(keyVersion), text...))
	return hex.EncodeToString(sum[:])
}

// SuiteKey names one suite over one build: the same tests of the same code need not run twice.
func SuiteKey(build string, test gemba.Test) string {
	text, err := json.Marshal(test)
	if err != nil {
		panic("a test does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(append([]byte(build+"\n"), text...))
	return hex.EncodeToString(sum[:])
}
