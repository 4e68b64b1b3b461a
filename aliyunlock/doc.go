// Package aliyunlock is a client of the lock service (锁的服务) of Alibaba Cloud's Living Platform
// (生活物联网平台, 飞燕), by the vendor's page of 2018-10-19. Section numbers (§) in the comments count
// that page's headings: §1 binds a key, §11 queries the history. Paths "outside the document" stand
// on the vendor's other pages, or were seen in public clients only.
//
//	c := aliyunlock.New(appKey, appSecret, aliyunlock.WithSession(session), aliyunlock.WithSessionStore(store))
//	op, err := c.Keys().Grant(ctx, door, lock.Grant{Holder: lock.Person{Name: "Li Na"}, Key: finger, Permanent: true})
//	…
//	owner, err := c.GetKeyUser(ctx, aliyunlock.KeyRef{IotID: iotID, LockUserType: aliyunlock.KeyTypeCard, LockUserID: "10"})
//	…
//	reply, err := c.Call(ctx, "/uc/other/path", "1.0.0", params, &out) // any other path
//
// A Client is a lock.Provider for the locks of one user of one app, who signs in with a Session. With
// WithCloud it also makes the project's cloud-level calls, which need no user. It has a method for
// each path of the lock document and for those around them: accounts, virtual users, bindings,
// things, homes and rooms.
//
// The vendor knows people and keys: a key (钥匙) is whatever is enrolled in a lock, its holder a
// virtual user (虚拟用户). What it lacks: enrolling a key from afar, windows and schedules of keys,
// changing and deleting rooms, meters, webhooks. Opening a door and making a password are services
// that each product defines for itself: name yours with WithUnlockService and WithPasswordService.
//
// What surprised us: there is no list of a lock's keys, and none of locks; the history lags by up
// to two hours; deleting a key takes it from its person even if the lock then refuses; a refresh
// token is good once, so losing the new one means signing in again; 401 may mean a dead token or
// somebody else's device. docs/aliyunlock.md has the whole list.
//
// Nothing here was checked against the live service. What the pages leave open says so in its
// comment.
package aliyunlock
