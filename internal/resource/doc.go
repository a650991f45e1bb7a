// Package resource is the shape that every kind of resource has: observe,
// diff, apply. A kind is a package below, with a schema for the declaration and typed parts that act only through a System.
//
// What is not declared is not touched, and only what differs is changed.
package resource
