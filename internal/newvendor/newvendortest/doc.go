// Package newvendortest is the template of a simulator: the Acme cloud in memory.
//
//	s := newvendortest.NewServer()
//	defer s.Close()
//	door := s.AddLock("front door")
//	c := s.Client()
//	s.Open(door, "Li Na") // somebody opens the door; it stands in the log
//
// It is written from the vendor's document and not from the client, with field names of its own, and
// refuses what the vendor refuses. Server also has what every simulator has: URL, Close, Clock,
// Advance, Settle, Fail, Heal, Requests and Executed.
package newvendortest
