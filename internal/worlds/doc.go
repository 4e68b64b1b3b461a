// Package worlds has a world of each vendor for the conformance suite: its simulator with a few
// things in it, and a client whose calls and words the suite can see.
//
//	locktest.Run(t, func(t *testing.T) locktest.World { return worlds.Dingding(t) })
//
// The vendors' own conformance tests name the variants of their vendor. The tests of this package
// put the worlds together to a lock.Fleet and run the suite on that.
package worlds
