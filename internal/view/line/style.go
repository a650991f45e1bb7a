package line

import _ "embed"

// Style is the style sheet of the drawings. A page sets the variables --text,
// --muted, --hairline, --ground, --accent, --good, --warn and --bad.
//
//go:embed line.css
var Style string
