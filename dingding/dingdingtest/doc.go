// Package dingdingtest is the Dingding cloud in memory, in the manner of net/http/httptest: test
// a backend against it without a network, an account or a door.
//
//	s := dingdingtest.NewServer()
//	defer s.Close()
//	door := s.AddLock("front door")          // with the home, room and gateway it needs
//	s.SetCallbackURL(hook.URL, hook.URL)     // where events and results go
//	c := s.Client()                          // or any client: s.URL, s.ClientID, s.ClientSecret
//	…                                        // c adds the password 135790
//	s.Settle()                               // the lock has it now, the callback has been sent
//	opened := s.EnterCode(door, "135790")    // somebody types it; true, and one more callback
//	s.Fail("/add_password", dingdingtest.DropAfter())
//
// It speaks all 73 endpoints of document V2.0.16 under /openapi/v1 and /openapi/v2, four that only
// its change log names (elemeter_charge, elemeter_charge_fees, find_home_state, find_home_states),
// and all of them under /v2, the prefix of the vendor's later platform. It refuses what the vendor
// refuses, keeps state, lets devices work at their own pace, and sends signed callbacks with the
// vendor's retries. Server also has what every simulator has: URL, Close, Clock, Advance, Settle,
// Fail, Heal, Requests and Executed.
//
// Time is the simulator's: it flows, and Advance and Settle move it. A device needs 20 ms for a
// command unless WithLatency says otherwise; a command to a device that is offline fails with
// 5101 after half a minute.
//
// Where the document is silent the simulator has to decide. It refuses parameters the document
// does not know, texts where it says Int, and times in the wrong unit, because those are mistakes
// of a client (see WithUnknownParameters). Lists of things that happened begin with the newest.
// Breaking the rate rule is answered with 15014, and counted in RateViolations. Wrong credentials
// are answered with 15014 too. A password pool that is full is answered with 5107 at once, for it
// is the cloud that has run out of ids, not the lock.
package dingdingtest
