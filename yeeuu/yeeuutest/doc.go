// Package yeeuutest is the Yeeuu cloud in memory, in the manner of net/http/httptest: test a
// backend against it without a network, an account or a door.
//
//	s := yeeuutest.NewServer()
//	defer s.Close()
//	front := s.AddLock("2501")                 // a flat and its main door
//	room := s.AddInnerLock(s.Home(front), "甲") // and one of its rooms
//	c := s.Client()                            // or any client: s.URL, s.PartnerID, s.Secret
//	…                                          // c gives somebody the password 135790
//	opened := s.EnterCode(front, "135790")     // somebody types it; true, and in the log
//	s.Fail("/remote_action", yeeuutest.DropAfter())
//
// It speaks the 8 calls of the vendor's document, and the 8 of the second interface under /v1/locks
// that public clients use, with the key DeviceKey. It checks the token byte for byte, refuses what
// lacks a parameter, and keeps flats, authorisations, passwords, slots and logs. Server also has
// what every simulator has: URL, Close, Clock, Advance, Settle, Fail, Heal, Requests and Executed.
//
// Time is the simulator's: it flows, and Advance moves it. Nothing here takes time, so there is
// nothing to Settle.
//
// Where the document is silent the simulator has to decide. All that is wrong with the credentials
// or the time is answered with "token错误", its one documented text; all other texts are the
// simulator's own. A timestamp may be ten minutes off (WithMaxSkew). A synchronise keeps the
// fields that an element leaves out (WithBlanking). A second authorisation or password for the
// same phone at the same door takes the place of the first. Deleting what is not there is refused.
// The log begins with the newest entry (WithOldestFirst). Parameters nobody has heard of are
// refused (WithUnknownParameters). A slot is frozen by the action 1 and unfrozen by any other.
package yeeuutest
