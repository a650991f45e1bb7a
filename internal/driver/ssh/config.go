package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	sshconfig "github.com/kevinburke/ssh_config"

	"gemba"
)

// config is the user's ssh configuration: several files, of which the first value counts.
type config []*sshconfig.Config

// readConfig reads the files that exist.
func readConfig(paths []string) (config, error) {
	var all config
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, unreadable(path, err)
		}
		read, err := sshconfig.DecodeBytes(withoutExec(content))
		if err != nil {
			return nil, unreadable(path, err)
		}
		all = append(all, read)
	}
	return all, nil
}

func unreadable(path string, err error) error {
	return &gemba.Error{Code: gemba.Invalid, What: "the ssh configuration " + path + " cannot be read", Why: err.Error(), Try: "correct it; ssh -G HOST shows how ssh reads it", Err: err}
}

// withoutExec makes sections that depend on a command's success match nothing: no configuration starts a command here.
func withoutExec(content []byte) []byte {
	lines := strings.Split(string(content), "\n")
	for i, line := range lines {
		words := strings.Fields(strings.ToLower(line))
		if len(words) > 1 && words[0] == "match" && strings.Contains(strings.ToLower(line), "exec") {
			lines[i] = "Host !*"
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// get returns the first value of a keyword for a name, or "".
func (c config) get(alias, keyword string) string {
	for _, file := range c {
		if value, err := file.Get(alias, keyword); err == nil && value != "" {
			return value
		}
	}
	return ""
}

// all returns every value of a keyword for a name.
func (c config) all(alias, keyword string) []string {
	var values []string
	for _, file := range c {
		if more, err := file.GetAll(alias, keyword); err == nil {
			values = append(values, more...)
		}
	}
	return values
}

// jump returns the ProxyJump of a name, or "".
func (c config) jump(alias string) (string, error) {
	jump := c.get(alias, "ProxyJump")
	if command := c.get(alias, "ProxyCommand"); jump == "" && command != "" && !strings.EqualFold(command, "none") {
		return "", gemba.Fail(gemba.Invalid, fmt.Sprintf("%s is configured with ProxyCommand", alias), "Gemba starts no commands to reach a host", "use ProxyJump in the ssh configuration, or name the jump host in the declaration")
	}
	if strings.EqualFold(jump, "none") {
		return "", nil
	}
	return jump, nil
}
