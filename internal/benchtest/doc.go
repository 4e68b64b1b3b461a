// Package benchtest is what the benchmarks share: a call written by hand, which is the floor that
// ours is held against, transports and a vendor to make it on, and a comparison that means something
// on a machine that is not quiet.
//
//	benchtest.Compare(b, benchtest.Floor(floor), benchtest.Ours(ours))
//
// runs impl=floor and impl=ours one after the other, as benchmarks always do, and then impl=ratio,
// in which both take turns of some milliseconds. Only the ratios of the last are worth keeping.
package benchtest
