// Package deploy places releases in environments: observe what runs, find
// the difference, apply it, observe again.
package deploy
