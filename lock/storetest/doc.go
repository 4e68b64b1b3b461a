// Package storetest proves that a lock.Store keeps its promises. A store of your own runs it in a
// test:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.World {
//			db := open(t)
//			return storetest.World{Store: newStore(db), Replica: newStore(db)}
//		})
//	}
//
// The cases are named after the promise that they hold the store to. Kills does what no case can: it
// kills the process, for stores that outlive it.
package storetest
