// Package patch decides what of a host's updates is taken, in which order
// hosts are patched, and whether a host is well afterwards. It is pure.
package patch
