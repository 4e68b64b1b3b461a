// Package redisstore is a lock.Store on Redis, for backends that run several times. The clients of
// all replicas then log in once, keep one rate limit, hand each event to one handler, and let one of
// them hold a vendor's socket.
//
//	store, err := redisstore.New(redisstore.Options{Address: os.Getenv("REDIS_URL")})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	if err := store.Check(ctx); err != nil { // also warns of settings that lose data
//		return err
//	}
//	c := dingding.New(id, secret, lock.WithStore(store))
//
// # What it needs
//
// Redis 5 or later, or what speaks like it: Valkey, Tair, the managed ones. For a cluster give all
// addresses; everything of one account is in one slot. Each method is one script, whose keys are
// all named in KEYS and whose time is the server's.
//
// The server should say "appendonly yes", or events that a vendor was told have arrived are lost
// with the server's process, and "maxmemory-policy noeviction", or it forgets what it was told to
// remember. Check warns of both.
//
// Tokens and events are stored as they are. Wrap the store in lock.Sealed to encrypt them.
//
// # What a failure costs
//
// Redis cannot be reached: a client goes on with the token it has until the vendor refuses it, and
// then reports lock.ErrStoreUnavailable, as every call does that has a rate limit. Nobody logs in
// on their own: at some vendors that would end the token of the others. The answer comes within
// Options.Timeout.
//
// Redis was emptied: one more login; and no call under a rate limit for the time of its window, or
// ten minutes at most, because the vendor still counts the calls of before. A new store is empty
// too: see Options.New.
//
// A failover lost the latest writes, which replication to other servers may do at any time: one
// more login; a rate limit may be exceeded by the calls that were lost; an event may be handled
// twice, or come from the vendor's history rather than from the log; two replicas lead until the
// older lease has ended, but only the newer writes.
package redisstore
