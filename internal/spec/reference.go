package spec

import (
	"fmt"
	"strings"

	"gemba"
)

// Reference is the page of every block and attribute, in Markdown, written
// from the schema that decodes and the kinds of resources.
func Reference(kinds []gemba.Schema) []byte {
	var b strings.Builder
	root := vocabulary(kinds)
	fmt.Fprintf(&b, "# The declaration\n\n")
	fmt.Fprintf(&b, "This page is generated from the schema in `internal/spec` and the kinds of resources in `internal/resource`. After a change there: `go test ./internal/resource/kinds -run Reference -update`.\n\n")
	fmt.Fprintf(&b, "%s It is written in HCL.\n\n", root.meaning)
	b.WriteString(generalities)
	b.WriteString(resources())
	table(&b, commonSettings())
	b.WriteString("## Blocks\n\n")
	seen := map[string]int{}
	for _, c := range root.blocks {
		outline(&b, c, 0, seen)
	}
	b.WriteString("\n")
	for _, c := range root.blocks {
		describe(&b, c, nil)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// outline lists a block and those in it; seen counts the anchors.
func outline(b *strings.Builder, c *block, depth int, seen map[string]int) {
	at := anchor(c)
	if again := seen[at]; again > 0 { // as common renderers tell equal headings apart
		at += "-" + itoa(again)
	}
	seen[anchor(c)]++
	fmt.Fprintf(b, "%s- [`%s`](#%s)\n", strings.Repeat("  ", depth), heading(c), at)
	for _, inner := range c.blocks {
		outline(b, inner, depth+1, seen)
	}
}

// describe writes the section of a block, then those of the blocks in it.
func describe(b *strings.Builder, c *block, path []string) {
	fmt.Fprintf(b, "### `%s`\n\n", heading(c))
	if len(path) > 0 {
		fmt.Fprintf(b, "In `%s`. ", strings.Join(path, "` › `"))
	}
	fmt.Fprintf(b, "%s\n\n", c.meaning)
	if c.label != nil {
		fmt.Fprintf(b, "The label is %s: %s.\n\n", c.label.what, c.label.form)
	}
	if c.example != "" {
		fmt.Fprintf(b, "```hcl\n%s\n```\n\n", c.example)
	}
	if c.resource != nil {
		b.WriteString("It also takes `requires`, `notify`, `for_each` and `count`, as [every resource](#resources).\n\n")
	}
	if settings := c.own(); len(settings) > 0 {
		table(b, settings)
	}
	for _, inner := range c.blocks {
		describe(b, inner, append(path[:len(path):len(path)], c.name))
	}
}

func table(b *strings.Builder, settings []attribute) {
	b.WriteString("| setting | type | default | meaning | example |\n|---|---|---|---|---|\n")
	for _, a := range settings {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", a.name, cell(a.kind.name), cell(initially(a)), cell(a.meaning), cell("`"+a.example+"`"))
	}
	b.WriteString("\n")
}

func heading(c *block) string {
	if c.label == nil {
		return c.name
	}
	return c.name + ` "NAME"`
}

// anchor is the fragment that common renderers give to the heading.
func anchor(c *block) string {
	if c.label == nil {
		return c.name
	}
	return c.name + "-name"
}

// initially says what holds where the attribute is not written.
func initially(a attribute) string {
	switch {
	case a.required:
		return "needed"
	case a.initial != "":
		return "`" + a.initial + "`"
	case a.unset != "":
		return a.unset
	}
	return "none"
}

// cell escapes what would end a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

const generalities = `## Values

- **Texts** stand in quotes; a text over several lines is a heredoc (` + "`<<EOT`" + `). ` + "`${…}`" + ` puts a value into a text. For a text that really has ` + "`${`" + ` in it, a variable of the shell for example, write ` + "`$${`" + `; for ` + "`%{`" + ` write ` + "`%%{`" + `.
- **Commands** never see a shell. A text is split into arguments by the rules of quoting; a list is taken as it is. **Scripts** (` + "`run`" + `) go to ` + "`sh -e`" + `.
- **Durations** have a unit: ` + "`\"250ms\"`, `\"90s\"`, `\"5m\"`, `\"1h30m\"`" + `. **Sizes** too: ` + "`\"500KB\"`, `\"16MiB\"`" + `.

## References

| name | is | may stand |
|---|---|---|
| ` + "`var.NAME`" + ` | the value of a variable | everywhere but in ` + "`variable`" + ` |
| ` + "`environment.NAME`" + ` | an environment | in ` + "`copy_of` and `environment`" + `; elsewhere it is its name |
| ` + "`service.NAME`" + ` | a service's name | in texts |
| ` + "`secret.NAME`" + ` | the value of a secret, known only to the process that gets it | in ` + "`env`" + `, and in settings of resources that may be secret |
| ` + "`host.NAME`, `profile.NAME`" + ` | hosts, a profile | in a ` + "`group`" + ` of an environment |
| ` + "`KIND.NAME`, `KIND[\"NAME\"]`" + ` | the name of a resource of the same profile, which then comes first | in settings that name one, in ` + "`requires` and `notify`" + ` |
| ` + "`facts.NAME`" + ` | what a host says of itself, known only there | in texts of resources |
| ` + "`each`, `count`" + ` | the turn of a resource | in a block with ` + "`for_each` or `count`" + ` |
| ` + "`port`" + ` | the port that a web process has to listen on, also in ` + "`PORT`" + ` | in ` + "`command` and `env`" + ` of a process |
| ` + "`data`" + ` | the service's data directory, also in ` + "`DATA_DIR`" + ` | there, and in ` + "`env`" + ` of a deploy |

`

// resources is what all of them have in common.
func resources() string {
	return `## Resources

A profile holds resources. A name that is no plain word is referred to in brackets: ` + "`file[\"/etc/motd\"]`" + `. A reference in a setting, such as ` + "`owner = user.guestbook`" + `, is the name, and puts that resource before this one. The facts of a host are ` + quoteAll(facts()) + `.

Every resource takes these settings beside its own:

`
}
