// Package ewelink is a client of the eWeLink cloud (易微联, CoolKit), API v2, by the vendor's "接口中心 v2".
// Section numbers (§) in the comments count that document's headings: §2 is about users, §4 about
// devices, §4.5 sets the status of one. Paths "outside the document" stand on the vendor's other pages, or were
// seen in its own clients only.
//
//	c := ewelink.New(appID, appSecret, ewelink.WithSession(session), ewelink.WithSessionStore(store),
//		ewelink.WithDoors(ewelink.Door{Device: "1000abcdef", Sensor: "a480001234"}))
//	op, err := c.Locks().Open(ctx, "1000abcdef", lock.Person{Name: "Li Na"})
//	…
//	things, err := c.ListThings(ctx, ewelink.ListThingsRequest{})
//	…
//	reply, err := c.Call(ctx, http.MethodGet, "/v2/other/path", query, &out) // any other path
//
// A Client is a lock.Provider for one account: its homes and rooms, its relays that open doors, its
// meters and its events, which come over a WebSocket. A session comes from OAuth (AuthorizeURL,
// ExchangeCode), which every app id may use, or from a password (WithLogin), which only paid ones may.
//
// The vendor has no door locks. What opens a door is a relay on an electric strike, with a contact
// sensor beside it, and only the caller knows which relay that is: WithDoors or WithDoorTag say so. A key is a share
// of the relay with a person's own account, good until it is revoked. There are no passwords, no
// windows, no webhooks.
//
// What surprised us: a login ends the session that any other program has with the same account and app
// id, so the client takes its session back once a day and no more; refresh tokens are good once; a
// reply that says 10004 means another region; lists count things that they do not show; the history of
// operations can be deleted by anybody with the account; live values of meters are stale unless somebody
// watches; the history of energy comes over the socket only. docs/ewelink.md has the whole list.
//
// Nothing here was checked against the live service. What the pages leave open says so in its
// comment.
package ewelink
