// Package build turns a commit into three things, always: a status, a log
// and an artifact.
package build
