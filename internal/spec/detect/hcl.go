package detect

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// HCL is a declaration of about ten lines that ships.
func (f Finding) HCL() []byte {
	var b strings.Builder
	b.WriteString("service " + quote(f.Name) + " {\n")
	if f.Build != "" {
		b.WriteString("build {\nrun = " + quote(f.Build) + "\noutput = " + quoteList(f.Output) + "\n" + f.network() + "}\n\n")
	}
	if f.Test != "" {
		b.WriteString("test \"unit\" {\nrun = " + quote(f.Test) + "\n")
		if f.Report != "" {
			b.WriteString("report = " + quote(f.Report) + "\n")
		}
		if f.Language == "Go" {
			b.WriteString(f.network()) // modules that only tests need
		}
		b.WriteString(f.env() + "}\n\n")
	}
	if f.Run != "" {
		// The one reference that a command here may hold.
		command := strings.ReplaceAll(quote(f.Run), "$${port}", "${port}")
		b.WriteString("process \"web\" {\ncommand = " + command + "\nhealth = " + f.check() + "\n" + f.env() + "}\n")
	}
	text := strings.TrimRight(b.String(), "\n") + "\n}\n"
	return hclwrite.Format([]byte(text))
}

func (f Finding) network() string {
	if f.Network {
		return "network = true\n"
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
	return "env = { " + strings.Join(entries, ", ") + " }\n"
}

func (f Finding) check() string {
	if f.Health == "" {
		return "tcp()"
	}
	return "http(" + quote(f.Health) + ")"
}

// quote writes a text so that it is read back as it is.
func quote(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

func quoteList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
