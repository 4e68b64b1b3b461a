package redisstore

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// longestClosed bounds how long a limit is closed after the store was emptied.
const longestClosed = 10 * time.Minute

// The slots of a key are a sorted set of their IDs by the time when their windows begin. Beside
// them, for the whole account, stands a hash that is there as long as the store has not been
// emptied: born, when it was made, and closed, whether it may stand in place of another one.

// takeSlot: the slot's ID, hold, the longest window, the born that the caller has seen, whether an
// account without one is new, longestClosed, then count and window of each rule → taken, wait, born.
var takeSlot = sameStep(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local b = redis.call('HMGET', KEYS[2], 'born', 'closed')
local born, closed = b[1], b[2]
if not born then
  born = string.format('%.0f', now)
  closed = '1'
  if ARGV[5] == '1' and ARGV[4] == '' then closed = '0' end
  redis.call('HSET', KEYS[2], 'born', born, 'closed', closed)
elseif ARGV[4] ~= '' and ARGV[4] ~= born and closed == '0' then
  closed = '1'
  redis.call('HSET', KEYS[2], 'closed', '1')
end
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return {1, 0, born} end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[3])))
local n = redis.call('ZCARD', KEYS[1])
local ready = now
for i = 7, #ARGV, 2 do
  local count, window = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if n >= count then
    local e = redis.call('ZRANGE', KEYS[1], n - count, n - count, 'WITHSCORES')
    ready = math.max(ready, math.min(tonumber(e[2]), now) + window)
  end
  if closed == '1' then ready = math.max(ready, tonumber(born) + math.min(window, tonumber(ARGV[6]))) end
end
if ready > now then return {0, ready - now, born} end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((tonumber(ARGV[2]) + tonumber(ARGV[3])) / 1000) + 1000))
return {1, 0, born}
`)

// closeSlot: the slot's ID, its longest window, whether the call was made → 1.
var closeSlot = sameStep(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local from = redis.call('ZSCORE', KEYS[1], ARGV[1])
if ARGV[3] == '0' then
  if from and tonumber(from) > now then redis.call('ZREM', KEYS[1], ARGV[1]) end
else
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
  local left = math.ceil(tonumber(ARGV[2]) / 1000) + 1000
  if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end
end
return 1
`)

func (s *Store) slotKeys(account, key string) []string {
	return []string{s.key(account, "slots:"+key), s.key(account, "born")}
}

// TakeSlot implements lock.LimitStore.
func (s *Store) TakeSlot(ctx context.Context, account, key string, rules []lock.LimitRule, hold time.Duration) (lock.SlotGrant, error) {
	slot := lock.Slot{ID: rand.Text()}
	for _, r := range rules {
		slot.Keep = max(slot.Keep, r.Window)
	}
	known, _ := s.born.Load(account)
	args := []any{slot.ID, micros(hold), micros(slot.Keep), text(known), flag(s.fresh), micros(longestClosed)}
	for _, r := range rules {
		args = append(args, r.Count, micros(r.Window))
	}
	reply, err := s.run(ctx, takeSlot, s.slotKeys(account, key), args...)
	if err != nil {
		return lock.SlotGrant{}, err
	}
	r, err := list(reply, 3)
	if err != nil {
		return lock.SlotGrant{}, err
	}
	if born := text(r[2]); born != known {
		s.born.Store(account, born)
	}
	if number(r[0]) == 1 {
		return lock.SlotGrant{Slot: slot}, nil
	}
	return lock.SlotGrant{Wait: duration(r[1])}, nil
}

// CloseSlot implements lock.LimitStore.
func (s *Store) CloseSlot(ctx context.Context, account, key string, slot lock.Slot, made bool) error {
	_, err := s.run(ctx, closeSlot, s.slotKeys(account, key)[:1], slot.ID, micros(slot.Keep), flag(made))
	return err
}
