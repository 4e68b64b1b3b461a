// Package aliyunlocktest is the lock service of Alibaba Cloud's Living Platform (飞燕) in memory, in
// the manner of net/http/httptest: test a backend against it without a network, an account or a door.
//
//	s := aliyunlocktest.NewServer()
//	defer s.Close()
//	door := s.AddLock("front door")                        // the user's own, in a home of theirs
//	finger := s.EnrolKey(door, aliyunlocktest.Fingerprint, "")
//	c := s.Client()                                        // or any client: s.URL, s.AppKey, s.AppSecret, s.AuthCode()
//	…                                                      // c gives the finger to a person
//	opened := s.UseKey(door, finger)                       // somebody puts it on the reader; true
//	s.Settle()                                             // the platform's history has it now
//	s.Fail("/lock/key/user/delete", aliyunlocktest.DropAfter())
//
// It speaks the eleven paths of the lock document, in the versions of 2018 and of the later pages,
// and the account, virtual user, binding, thing, home and cloud-level paths around them. It is
// reached through an API gateway that checks what the real one checks: the digest signature over what
// came, Content-MD5, the time stamp, the nonce; it refuses with an HTTP status and X-Ca- headers.
// Bodies are taken as application/octet-stream, as the vendor's own client sends them, and as
// application/json. Server also has what every simulator has: URL, Close, Clock, Advance, Settle, Fail,
// Heal, Requests and Executed.
//
// Time is the simulator's: it flows, and Advance and Settle move it. A lock needs 20 ms for a
// service unless WithLatency says otherwise; what it reports stands in its event timeline at once
// and in the lock's history after 40 s (WithHistoryLag): the vendor says within a minute mostly, within
// two hours at most.
//
// Where the document is silent the simulator has to decide. A missing iotToken is answered with 460, a
// dead one with 401; a device nobody has with 28560 under /lock and 2063 elsewhere; an unknown
// version with 404; what is wrong with a home with 2000. A refresh ends the token and the refresh token
// before it. Parameters that the pages do not know are refused with 460, because they are
// mistakes of a client (see WithUnknownParameters). Binding does not look whether the lock has the key.
// Deleting a key that the lock does not have is a device error, 100002.
package aliyunlocktest
