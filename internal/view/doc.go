// Package view draws what people read in a terminal, and writes the same
// values as JSON.
//
// Everything is decided from a [Terminal]: is there somebody watching, how
// wide is the window, may there be colour, can it show more than ASCII. A
// renderer takes nouns and gives lines; it asks nothing, and keeps nothing
// but what a live view has to remember. Colour only repeats what words say.
package view
