// Package tuya is a client of the Tuya cloud (涂鸦) for smart locks, by the vendor's page on user
// management of 2023-06-15. Section numbers (§) in the comments count that page's calls: §1 lists the
// people of a home, §17 the devices of a user. Paths "outside the document" stand on the vendor's
// other pages, or were seen in public clients only.
//
//	c := tuya.New(accessID, accessSecret, tuya.WithRegion(tuya.RegionEUCentral), tuya.WithUser(uid))
//	op, err := c.Passwords().Create(ctx, door, lock.PasswordSpec{Name: "Li Na", Window: lock.Window{Until: leaseEnd}})
//	…
//	pw, err := op.Wait(ctx) // until the lock has taken the code
//	users, err := c.ListUsers(ctx, door, tuya.ListUsersRequest{Role: tuya.RoleAdmin, Paging: tuya.Paging{PageNo: 1, PageSize: 20}})
//	…
//	reply, err := c.Call(ctx, "POST", "/v1.0/devices/"+id+"/door-lock/issue-password", in, &out) // any other path
//
// A Client is a lock.Provider for the locks of the app users named with WithUser. It has a method for
// each call of the page and for those around it: temporary, offline and dynamic passwords, opening
// from afar, logs, devices, homes and rooms.
//
// The vendor knows people at a lock (their validity, weekly schedule and role), what they have
// enrolled, and temporary passwords. What it lacks: passwords without an end, giving out codes,
// enrolling a finger without somebody at the door, webhooks. Meters are devices whose data points each
// product defines; they are not part of this package.
//
// What surprised us: a code has seven digits at Wi-Fi locks and six at others, and the cloud does not
// say which a lock is; the same phase is "frozen" for one lock and "to be deleted" for another; every
// change of a password needs its code; a person who is removed still opens until the lock is told.
// docs/tuya.md has the whole list.
//
// Nothing here was checked against the live service. What the pages leave open says so in its
// comment.
package tuya
