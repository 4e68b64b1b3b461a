// Package yeeuu talks to the Yeeuu cloud (云柚科技, alms.yeeuu.com): flats and their inner doors,
// authorisations and door codes by phone number, remote opening, and the log of opened doors.
//
//	front := yeeuu.Door{Code: "x0001", Type: yeeuu.Main}.ID()
//	c := yeeuu.New(partnerID, secret, yeeuu.WithWatch(front))
//	op, err := c.Passwords().Create(ctx, front, lock.PasswordSpec{
//		Holder: lock.Person{Name: "Li Lei", Phone: phone}, By: lock.Person{Name: "front desk"},
//		Window: lock.Window{Until: checkOut},
//	})
//	pw, err := op.Wait(ctx) // done already; pw.Secret is the code
//
// Client has a method for every call of the vendor's document, an undated text of 8 calls, and is
// a lock.Provider as well. Nothing was tried against the live service.
//
// # What it lacks
//
// There are no ids and no lists: a door is a flat's code and a door's name (see Door), an
// authorisation and a password are a person's phone number at a door (see KeyID and PasswordID).
// What there is, the caller has to know; this package keeps nothing. Nothing can be read back but
// the log, so a state is at most lock.Reported, and a password without an end, a weekly schedule,
// a freeze or a change does not exist.
//
// # What surprised us
//
// Errors are free text without numbers. Only the one about the token is documented; every other
// refusal is a lock.ErrDeviceRejected with the vendor's words in Error.Message. The token covers
// the time and nothing else, so TLS is all that protects what is sent; and it wants a clock that
// is right.
//
// The log is paged by number while new entries push the old ones down. Events().History reads the
// seams of such pages again until it is sure, and counts entries that look alike, for two
// openings in one second are two.
//
// A second, older interface by serial number (device.go) is known from public client code only.
// Its methods have Device in their names, need WithDeviceKey, and are not part of the portable
// view.
package yeeuu
