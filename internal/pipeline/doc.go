// Package pipeline is the thread: it carries a commit through its stages,
// stops the line at the first failure, and takes up again what a crash
// interrupted.
package pipeline
