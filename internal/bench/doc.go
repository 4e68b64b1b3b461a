// Package bench holds this library's speed against that of others, with the benchmarks of
// docs/performance.md that need their modules. It is a module of its own, so that nobody who uses
// the library inherits them.
//
//	./run          six passes, about ten minutes, and writes docs/performance.md
//	./run short    two passes, less exact, and writes nothing
//	./run once     every benchmark once, to see that it works
package bench
