package container

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "container".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides,
		Observe: observe, Diff: diff, Apply: apply, OnNotify: onNotify, Notified: notified,
	}.Kind()
}

// declared is what is declared of a container.
type declared struct {
	Name    string            `json:"name"`
	Image   string            `json:"image"`
	Command []string          `json:"command"`
	Ports   []string          `json:"ports"`
	Volumes []string          `json:"volumes"`
	Env     map[string]string `json:"env"`
	Network string            `json:"network"`
	User    string            `json:"user"`
	Restart string            `json:"restart"`
	Running *bool             `json:"running"`
	Absent  bool              `json:"absent"`
}

func (d declared) runs() bool { return d.Running == nil || *d.Running }

func check(d *declared) error {
	if d.Name == "" || strings.ContainsAny(d.Name, "@:+") || strings.Trim(d.Name[:1], ".-_") == "" {
		return fmt.Errorf("%q is no name of a container: it begins with a letter or digit, and has '_', '.' and '-' beside them", d.Name)
	}
	if d.Absent {
		if d.Image != "" || d.Command != nil || d.Ports != nil || d.Volumes != nil || d.Env != nil {
			return errors.New("what is absent has nothing else")
		}
		return nil
	}
	if d.Restart == "" {
		d.Restart = "unless-stopped"
	}
	for name, value := range d.Env {
		if name == "" || strings.ContainsAny(name, "= \t\r\n#") {
			return fmt.Errorf("%q is no name of a variable", name)
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			return fmt.Errorf("the variable %s has several lines, which cannot be handed to a container; give it a file in a volume", name)
		}
	}
	for _, volume := range d.Volumes {
		if from, to, found := strings.Cut(volume, ":"); !found || from == "" || !path.IsAbs(to) {
			return fmt.Errorf("the volume %q is not FROM:PATH", volume)
		}
	}
	switch {
	case d.Image == "":
		return errors.New("it needs an image")
	case strings.HasPrefix(d.Image, "-") || strings.ContainsAny(d.Image, " \t\r\n"):
		return fmt.Errorf("%q is no image", d.Image)
	case !slices.Contains([]string{"no", "on-failure", "always", "unless-stopped"}, d.Restart):
		return errors.New(`restart is "no", "on-failure", "always" or "unless-stopped"`)
	}
	return nil
}

// settings are what a container is made of, as its label remembers it. Of a variable there is only a digest: diffs show no secrets.
func (d declared) settings() map[string]string {
	all := map[string]string{"image": d.Image, "restart": d.Restart}
	for name, value := range map[string]string{
		"command": strings.Join(d.Command, " "), "ports": strings.Join(d.Ports, ", "), "volumes": strings.Join(d.Volumes, ", "), "network": d.Network, "user": d.User,
	} {
		if value != "" {
			all[name] = value
		}
	}
	if len(d.Command) > 1 { // its words, and not what they look like side by side
		all["command"] = fmt.Sprintf("%q", d.Command)
	}
	var env []string
	for _, name := range slices.Sorted(maps.Keys(d.Env)) {
		sum := sha256.Sum256([]byte(name + "=" + d.Env[name]))
		env = append(env, name+"#"+hex.EncodeToString(sum[:])[:12])
	}
	if env != nil {
		all["env"] = strings.Join(env, " ")
	}
	return all
}

func needs(d declared) []resource.Token {
	tokens := []resource.Token{resource.Unit("docker.service"), resource.Unit("docker.socket"), resource.Unit("podman.socket")}
	for _, name := range []string{"docker.io", "docker-ce", "docker-ce-cli", "podman"} {
		tokens = append(tokens, resource.Package(name))
	}
	for _, volume := range d.Volumes {
		if from, _, _ := strings.Cut(volume, ":"); path.IsAbs(from) {
			tokens = append(append(tokens, resource.Path(path.Clean(from))), resource.Parents(path.Clean(from))...)
		}
	}
	return tokens
}

func provides(d declared) []resource.Token {
	return []resource.Token{resource.Token("container:" + d.Name)}
}

// onNotify is to start anew, for one that runs.
func onNotify(d declared, o observed) gemba.Action {
	if d.Absent || !o.Running || !d.runs() {
		return ""
	}
	return gemba.ActionRestart
}
