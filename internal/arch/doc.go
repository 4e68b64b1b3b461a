// Package arch holds the project to its own rules: which package may import which, what every
// package must have, and what no source may contain. It has tests only:
//
//	go test ./internal/arch
//
// A rule is a function over the parsed source tree. Every rule is also tried on small sources that
// break it, so that a rule which finds nothing any more is noticed.
//
// The tree is read without the go command and without what it imports from elsewhere: the rules
// need names more than types, and work while a package does not compile.
package arch
