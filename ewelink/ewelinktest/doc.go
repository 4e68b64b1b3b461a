// Package ewelinktest is the eWeLink (易微联) cloud in memory, HTTP and WebSocket, in the manner of
// net/http/httptest: test a backend against it without a network, an account or a door.
//
//	s := ewelinktest.NewServer()
//	defer s.Close()
//	door := s.AddRelay("front door")                 // an inching relay, in the account's current home
//	c := s.Client()                                  // or any client: s.URL, s.AppID, s.AppSecret, s.Account, s.Password
//	…                                                // c shares the door with a tenant
//	s.Press(door)                                    // somebody uses the button inside
//	s.Settle()                                       // the relay has fallen back
//	s.CutUpdates(30)                                 // the socket breaks in every third push or so
//	s.Fail("/v2/device/thing/status", ewelinktest.DropAfter())
//
// It checks signatures over the bytes that came and tokens as the real one does, keeps one session
// for an account and an app, and answers errors with status 200. All regions are one server:
// RegionURL is the base of another region, and an account that lives elsewhere is answered 10004.
// Sockets are found through /dispatch/app, sign in with userOnline, send ping, and are dropped when they
// are silent for 15 s longer than hbInterval. What a device reports, and what others tell it, comes
// through all sockets of those who have the device. Server also has what every simulator has: URL,
// Close, Clock, Advance, Settle, Fail, Heal, Requests and Executed; Executed counts calls by method
// and path, "POST /v2/user/login", sign-ins of sockets as "userOnline" and commands that a device
// carried out as "device 1000000001".
//
// Time is the simulator's: it flows, and Advance and Settle move it. Devices answer at once unless
// WithLatency says otherwise. Settle waits for relays to fall back, for late updates and for upgrades.
//
// Where the document is silent the simulator has to decide. A parameter that is not known is
// refused with 400, because it is a mistake of a client (see WithUnknownParameters). The login that
// ends a session drops its sockets too. A token is answered 10004 in a region that is not its
// account's. Commands with params that the device's kind does not have are answered 4002, or 504 on
// the socket. A query on the socket is answered from what the cloud knows. A change made over HTTP is
// pushed to all sockets. A history of energy that was asked for over HTTP is reported as params, on the
// socket it comes in config. Histories tell switches, and not measurements; from is inside. A pace
// that is too fast is answered with status 503. The login page agrees at once, for the server's
// account. What a share does not permit is refused with 406, or 403 on the socket; only timers need a
// permit. Verification codes are good for half an hour. Pairing a device that somebody else has takes it from them; a GSM device is refused.
package ewelinktest
