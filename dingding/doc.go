// Package dingding is a client of Dingding (丁叮, 云丁, lockapi.dding.net), by the vendor's document
// "丁叮智能设备 SaaS 开放平台 API" V2.0.16. Section numbers (§) in the comments are the document's.
//
//	c := dingding.New(clientID, clientSecret, dingding.WithCallbackURL(hookURL))
//	op, err := c.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: leaseEnd}})
//	…
//	info, err := c.GetLock(ctx, dingding.Locator{UUID: string(door)}) // any endpoint, typed
//	…
//	reply, err := c.Call(ctx, http.MethodGet, "/openapi/v1/get_ticket_by_room", query, &out) // and any other
//
// A Client is a lock.Provider, and has a method for each of the document's 73 endpoints and four
// more. Work orders, the operation log, exceptions and the refreshing of signals have native
// methods only.
//
// What the vendor lacks: opening doors remotely, renaming locks, listing keys, weekly schedules,
// revealing other codes than the administrator's, switching water meters, pushing to anything but
// webhooks.
//
// What surprised us: callbacks are signed without a secret (see VerifyCallback); a password for
// which one of two times is missing opens for good; result 5102 of a lock means that the code
// works; success is 0 in replies and 1000 in callbacks. docs/dingding.md has the whole list.
//
// Nothing here was checked against the live service. What the document leaves open says so in its
// comment.
package dingding
