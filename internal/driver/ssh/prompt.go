package ssh

import "fmt"

// Prompt is a question to a person.
type Prompt struct {
	Kind PromptKind
	Host string // for whose sake: "web-1 (root@10.0.0.1:22)"
	Key  string // Passphrase: the path of the key
	User string // SudoPassword: whose password
}

// PromptKind is what is asked for.
type PromptKind string

// The kinds of prompts.
const (
	Passphrase   PromptKind = "passphrase"
	SudoPassword PromptKind = "sudo"
)

func (p Prompt) String() string {
	if p.Kind == SudoPassword {
		return fmt.Sprintf("password of %s for sudo on %s", p.User, p.Host)
	}
	return fmt.Sprintf("passphrase of %s, to sign in at %s", p.Key, p.Host)
}
