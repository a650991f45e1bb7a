package gemba

import "log/slog"

const redacted = "[redacted]"

// Secret is a value that never prints: every way of formatting, encoding or
// logging it gives "[redacted]". Reveal is the only way to the bytes.
//
// The value stands behind a pointer: fmt cannot call the methods of a field that is
// not exported, and would print what it finds there.
type Secret struct{ value *string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value, for the one place that hands it to a process.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }

// SecretSource says where a secret's value comes from. Exactly one of
// File, Env and Age is set.
type SecretSource struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"` // a path, relative to the declaration
	Env  string `json:"env,omitempty"`  // a variable of the server's environment
	Age  string `json:"age,omitempty"`  // a path of an age-encrypted file, relative to the declaration
}
