// Package boltstore is a lock.Store for a backend of one process whose events must survive it: the
// event log and its queue are in a file, through bbolt, and on the disk before an append returns.
//
//	store, err := boltstore.Open("/var/lib/backend/events.db", boltstore.Options{})
//	…
//	defer store.Close()
//	inbox := lock.NewInbox(store, "webhooks", lock.InboxOptions{})
//
// Tokens, rate limits and leases are in memory, as with lock.NewMemoryStore: they are this
// process's own, and the next one logs in again. One process at a time can have the file open; for
// several replicas take package redisstore.
//
// The file holds what lock.EncodeEvent writes, phone numbers among it; it is readable for its owner
// only, and lock.Sealed encrypts the events in it.
package boltstore
