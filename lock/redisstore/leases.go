package redisstore

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// campaign: me, ttl in ms → mine, fence, left in ms. Keys: lead, fence. The first fence of an empty
// store is the time, so that it is above those of before.
var campaign = sameStep(`
local leader = redis.call('GET', KEYS[1])
if leader and leader ~= ARGV[1] then return {0, 0, redis.call('PTTL', KEYS[1])} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local fence = redis.call('GET', KEYS[2])
if not fence then
  local t = redis.call('TIME')
  fence = string.format('%.0f', t[1] * 1000000 + t[2])
  redis.call('SET', KEYS[2], fence)
elseif not leader then
  fence = redis.call('INCR', KEYS[2])
end
return {1, tonumber(fence), tonumber(ARGV[2])}
`)

// resign: me → 1. Keys: lead.
var resign = sameStep(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`)

// Campaign implements lock.LeaseStore.
func (s *Store) Campaign(ctx context.Context, name, me string, ttl time.Duration) (lock.Term, error) {
	reply, err := s.run(ctx, campaign, s.logKeys(name, "lead", "fence"), me, millis(ttl))
	if err != nil {
		return lock.Term{}, err
	}
	r, err := list(reply, 3)
	if err != nil {
		return lock.Term{}, err
	}
	return lock.Term{
		Mine: number(r[0]) == 1, Fence: uint64(number(r[1])), Left: max(0, time.Duration(number(r[2]))*time.Millisecond),
	}, nil
}

// Resign implements lock.LeaseStore.
func (s *Store) Resign(ctx context.Context, name, me string) error {
	_, err := s.run(ctx, resign, s.logKeys(name, "lead"), me)
	return err
}
