// Package tuyatest is a data centre of the Tuya cloud (涂鸦) in memory, in the manner of
// net/http/httptest: test a backend against it without a network, an account or a door.
//
//	s := tuyatest.NewServer()
//	defer s.Close()
//	door := s.AddLock("front door")           // Zigbee, in the first home of the user s.UID
//	guest := s.AddMember(door, "小明")        // and whom the lock knows
//	finger := s.Enrol(door, tuyatest.Fingerprint)
//	c := s.Client()                           // or any client: s.URL, s.ClientID, s.ClientSecret
//	…                                         // c makes the password 135790
//	s.Settle()                                // the lock has it now
//	opened := s.EnterCode(door, "135790")     // somebody types it; true, and the log grows
//	s.Fail("/door-lock/temp-password", tuyatest.DropAfter())
//
// It speaks the seventeen paths of the users' document and those around them for tokens, tickets,
// temporary, offline and dynamic passwords, remote unlocking, unlocking methods, logs, devices, homes
// and rooms. It checks what the cloud checks: the signature over what came, the time, the token; every
// answer has status 200. Server also has what every simulator has: URL, Close, Clock, Advance, Settle,
// Fail, Heal, Requests and Executed.
//
// Locks differ by how they are connected. A Zigbee lock (AddLock) tells in delivery_status what became
// of a password, and freezes passwords; it takes nothing while it is offline. A Wi-Fi lock (AddWiFiLock)
// wants seven digits and hears later what came while it was offline, or asleep (AddSleepingLock). A
// Bluetooth lock (AddBluetoothLock) may have no gateway (AddPhoneLock) and then waits for PhoneSync. The
// numbers of phase mean different things to each.
//
// Time is the simulator's: it flows, and Advance and Settle move it; the cloud's own clock may be off it
// (WithSkew). A lock needs 20 ms for what it is told unless WithLatency says otherwise.
//
// Where the vendor's pages are silent the simulator has to decide. An access token that is dead or
// unknown is answered with 1010, a missing one with 1002, a device nobody has with 2010 and one of
// another project with 1106. Unknown parameters are refused with 1109, because they are mistakes of a
// client (see WithUnknownParameters), missing ones with 1100, those of a wrong type with 1104. Tokens and
// tickets are handed out again until shortly before their end. Freezing and deleting show in the phase of
// a Zigbee lock's password at once, with delivery_status 1 until the lock has done it. Changing a
// temporary password needs its digits again. Logs begin with the newest; start_time and end_time are
// both inside, and no two records of a lock have one millisecond. A header block without its last line
// feed, as two of the vendor's own clients sign it, is refused with 1004, as the vendor's page has it.
package tuyatest
