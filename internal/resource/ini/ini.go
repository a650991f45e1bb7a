package ini

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"gemba/internal/resource"
)

// Kind is the resource kind "ini".
func Kind() resource.Kind {
	return resource.Definition[declared, resource.Text]{
		Schema: schema, Check: check, Needs: needs, Lock: resource.LockText,
		Observe: observe, Diff: diff, Apply: apply, Foresee: resource.AsApplied(apply), Together: resource.InOrder(apply),
	}.Kind()
}

// declared is what is declared of a setting.
type declared struct {
	Name      string  `json:"name"`
	Path      string  `json:"path"`
	Section   string  `json:"section"`
	Key       string  `json:"key"`
	Value     *string `json:"value"`
	Separator string  `json:"separator"`
	Create    bool    `json:"create"`
	Absent    bool    `json:"absent"`
}

func check(d *declared) error {
	if d.Separator == "" {
		d.Separator = " = "
	}
	bare := strings.TrimSpace(d.Separator)
	switch {
	case !path.IsAbs(d.Path) || path.Clean(d.Path) != d.Path:
		return fmt.Errorf("path has to be absolute, without . and .., and is %q", d.Path)
	case strings.ContainsAny(d.Separator+d.Key+d.Section, "\r\n"):
		return errors.New("section, key and separator are each on one line")
	case d.Section != strings.TrimSpace(d.Section) || strings.ContainsAny(d.Section, "[]"):
		return errors.New("section is written without brackets and without spaces around it")
	case d.Key != strings.TrimSpace(d.Key) || bare != "" && strings.Contains(d.Key, bare) || bare == "" && strings.ContainsAny(d.Key, " \t"):
		return errors.New("key has no separator in it and no spaces around it")
	case strings.HasPrefix(d.Key, "#") || strings.HasPrefix(d.Key, ";") || strings.HasPrefix(d.Key, "["):
		return fmt.Errorf("key would be read as something else: it begins with %q", d.Key[:1])
	case !d.Absent && (d.Key == "" || d.Value == nil):
		return errors.New("a setting that is to be there needs key and value")
	case d.Absent && d.Key == "" && d.Section == "":
		return errors.New("what is to be absent needs section or key")
	case d.Absent && (d.Value != nil || d.Create):
		return errors.New("what is absent has no value, and no file is made for it")
	case d.Value != nil && (strings.ContainsAny(*d.Value, "\r\n") || *d.Value != strings.TrimSpace(*d.Value)):
		return errors.New("value is on one line, without spaces around it")
	}
	return nil
}

func needs(d declared) []resource.Token {
	tokens := append(resource.Parents(d.Path), resource.Path(d.Path))
	return append(tokens, resource.Owning(d.Path)...)
}
