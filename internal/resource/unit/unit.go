package unit

import (
	"errors"
	"path"
	"slices"
	"strings"

	"gemba"
	"gemba/internal/resource"
)

// Kind is the resource kind "unit".
func Kind() resource.Kind {
	return resource.Definition[declared, observed]{
		Schema: schema, Check: check, Needs: needs, Provides: provides, Lock: "systemd",
		Observe: observe, Diff: diff, Apply: apply, AtStart: atStart, Current: current, Bodies: bodies,
		OnNotify: onNotify, Notified: notified, Warm: warm,
	}.Kind()
}

// declared is what is declared of a unit.
type declared struct {
	Name     string      `json:"name"`
	Running  *bool       `json:"running"`
	Enabled  *bool       `json:"enabled"`
	Masked   *bool       `json:"masked"`
	Content  *gemba.Body `json:"content"`
	Override *gemba.Body `json:"override"`
	OnNotify string      `json:"on_notify"`
	Absent   bool        `json:"absent"`
}

func suffixes() []string {
	return []string{".service", ".socket", ".timer", ".target", ".mount", ".automount", ".path", ".slice", ".scope", ".swap", ".device"}
}

func yes(b *bool) bool { return b != nil && *b }
func no(b *bool) bool  { return b != nil && !*b }

func check(d *declared) error {
	if !slices.Contains(suffixes(), path.Ext(d.Name)) {
		d.Name += ".service"
	}
	switch {
	case strings.HasPrefix(d.Name, "-"):
		return errors.New("the name of a unit does not begin with '-'")
	case d.Absent && (d.Running != nil || d.Enabled != nil || d.Masked != nil || d.Content != nil || d.Override != nil):
		return errors.New("what is absent has nothing else")
	case d.Content != nil && d.Override != nil:
		return errors.New("content and override exclude each other: what is in the override can be in the content")
	case yes(d.Masked) && (yes(d.Running) || yes(d.Enabled)):
		return errors.New("what is masked neither runs nor is enabled")
	case yes(d.Masked) && d.Content != nil:
		return errors.New("what has a file of its own cannot be masked: declare it absent, or not running and not enabled")
	case d.isTemplate() && d.Running != nil:
		return errors.New("a template does not run, only its instances do: " + strings.Replace(d.Name, "@.", "@NAME.", 1))
	case !slices.Contains([]string{"", "reload", "restart", "reload-or-restart"}, d.OnNotify):
		return errors.New(`on_notify is "reload", "restart" or "reload-or-restart"`)
	}
	return nil
}

// isTemplate reports whether the unit is a template, of which systemd knows only the file.
func (d declared) isTemplate() bool { return strings.Contains(d.Name, "@.") }

const systemDir = "/etc/systemd/system"

// file is where a unit's own file is.
func (d declared) file() string { return path.Join(systemDir, d.Name) }

// dropIn is where what is said beside a unit's file is.
func (d declared) dropIn() string { return path.Join(systemDir, d.Name+".d", "10-gemba.conf") }

// own is the file that is declared of a unit, and its text.
func (d declared) own() (string, *gemba.Body) {
	if d.Override != nil {
		return d.dropIn(), d.Override
	}
	return d.file(), d.Content
}

func needs(d declared) []resource.Token {
	stem := strings.TrimSuffix(d.Name, path.Ext(d.Name))
	template, _, instance := strings.Cut(stem, "@")
	tokens := []resource.Token{
		resource.Package(template),
		resource.Path(d.file()), resource.Path(d.file() + ".d"), resource.Path(d.dropIn()),
	}
	if instance {
		tokens = append(tokens, resource.Unit(template+"@"+path.Ext(d.Name)), resource.Path(path.Join(systemDir, template+"@"+path.Ext(d.Name))))
	}
	switch path.Ext(d.Name) {
	case ".timer", ".socket", ".path": // they start the service of their name
		tokens = append(tokens, resource.Unit(stem+".service"))
	}
	return tokens
}

func provides(d declared) []resource.Token {
	tokens := []resource.Token{resource.Unit(d.Name)}
	if stem, is := strings.CutSuffix(d.Name, ".service"); is {
		tokens = append(tokens, resource.Unit(stem))
	}
	if p, body := d.own(); body != nil {
		tokens = append(tokens, resource.Path(p))
	}
	return tokens
}

func bodies(d declared) []gemba.Digest {
	if _, body := d.own(); body != nil {
		return []gemba.Digest{body.Digest}
	}
	return nil
}
