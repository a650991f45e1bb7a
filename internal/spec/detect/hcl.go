package detect

import (
	"maps"
	"slices"
	"strings"
)

// HCL is a declaration of about ten lines that ships.
func (f Finding) HCL() []byte {
	var blocks []string
	if f.Build != "" {
		blocks = append(blocks, block("build", [][2]string{
			{"run", quote(f.Build)}, {"output", quoteList(f.Output)}, {"network", f.network()},
		}))
	}
	if f.Test != "" {
		settings := [][2]string{{"run", quote(f.Test)}}
		if f.Report != "" {
			settings = append(settings, [2]string{"report", quote(f.Report)})
		}
		if f.Language == "Go" {
			settings = append(settings, [2]string{"network", f.network()}) // modules that only tests need
		}
		blocks = append(blocks, block(`test "unit"`, append(settings, [2]string{"env", f.env()})))
	}
	if f.Run != "" {
		// The one reference that a command here may hold.
		command := strings.ReplaceAll(quote(f.Run), "$${port}", "${port}")
		blocks = append(blocks, block(`process "web"`, [][2]string{
			{"command", command}, {"health", f.check()}, {"env", f.env()},
		}))
	}
	return []byte("service " + quote(f.Name) + " {\n" + strings.Join(blocks, "\n") + "}\n")
}

// block writes the settings that have a value, their signs below each other.
func block(opening string, settings [][2]string) string {
	settings = slices.DeleteFunc(settings, func(s [2]string) bool { return s[1] == "" })
	width := 0
	for _, s := range settings {
		width = max(width, len(s[0]))
	}
	var b strings.Builder
	b.WriteString("  " + opening + " {\n")
	for _, s := range settings {
		b.WriteString("    " + s[0] + strings.Repeat(" ", width-len(s[0])) + " = " + s[1] + "\n")
	}
	b.WriteString("  }\n")
	return b.String()
}

func (f Finding) network() string {
	if f.Network {
		return "true"
	}
	return ""
}

func (f Finding) env() string {
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(f.Env)) {
		entries = append(entries, name+" = "+quote(f.Env[name]))
	}
	if entries == nil {
		return ""
	}
	return "{ " + strings.Join(entries, ", ") + " }"
}

func (f Finding) check() string {
	if f.Health == "" {
		return "tcp()"
	}
	return "http(" + quote(f.Health) + ")"
}
