// Package lock is the common language of smart-lock clouds: what a backend that manages flats says
// to all of them, and what they answer.
//
//	var p lock.Provider = dingding.New(clientID, clientSecret)
//	op, err := p.Passwords().Create(ctx, door, lock.PasswordSpec{
//		Name:   "Li Na",
//		Window: lock.Window{Until: leaseEnd},
//	})
//	if err != nil {
//		return err // errors.Is(err, lock.ErrRateLimited), …
//	}
//	pw, err := op.Wait(ctx) // until the lock itself has answered
//
// A Provider is one account at one vendor, with six areas: Homes, Locks, Keys, Passwords, Meters
// and Events. What a vendor can do is known beforehand (Supports); what it cannot answers an error
// wrapping errors.ErrUnsupported. Lists are sequences, work that a device finishes later is an
// Operation, and every failure is an *Error with a Kind that means the same for all vendors.
//
// Door codes, tokens and phone numbers are Secrets, which no printer shows. Nothing a vendor said
// is lost: every value has its bytes (Raw) and the vendor's own struct (As).
//
// A Fleet is several providers as one. A Follower yields every event of a provider once, by webhook,
// stream or history, also over restarts. Each carries out one operation for many devices, within
// limits, and takes up again where it was stopped.
//
// The sentences of the interfaces are promises. Package locktest checks them on any Provider, and
// has one in memory to test a backend with.
package lock
