package redisstore

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// strikeSpan is how long strikes are remembered without another one.
const strikeSpan = 48 * time.Hour

// A token's hash: id, value, ends and refused of the token; claim, ended and holds of the latest
// claim; who, pause, reason, strikes and struck of the failures. Times are microseconds.

// claimToken: rejected, refused, hold, credentials, the ID of a new claim, strikeSpan →
// good, refused, claim, wait, reason or nil, strikes, id, value, keep.
var claimToken = sameStep(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local h = redis.call('HMGET', KEYS[1], 'id', 'value', 'ends', 'refused', 'claim', 'ended', 'holds', 'who', 'pause', 'reason', 'strikes', 'struck')
local id, value, ends, refused = h[1] or '', h[2] or '', tonumber(h[3] or 0), h[4] == '1'
if now >= ends then id, value, ends, refused = '', '', now, false end
if ARGV[2] == '1' and id ~= '' and ARGV[1] == id and not refused then
  refused = true
  redis.call('HSET', KEYS[1], 'refused', '1')
end
local same = (h[8] or '') == ARGV[4]
local strikes = 0
if same and now < tonumber(h[12] or 0) + tonumber(ARGV[6]) then strikes = tonumber(h[11] or 0) end
local good, claim, wait, reason = 0, '', 0, false
if id ~= '' and id ~= ARGV[1] and not refused then
  good = 1
elseif h[6] == '0' and now < tonumber(h[7] or 0) then
  if h[5] == ARGV[5] then claim = ARGV[5] else wait = tonumber(h[7]) - now end
elseif same and now < tonumber(h[9] or 0) then
  wait, reason = tonumber(h[9]) - now, h[10] or ''
elseif tonumber(ARGV[3]) > 0 then
  claim = ARGV[5]
  redis.call('HSET', KEYS[1], 'claim', claim, 'ended', '0', 'holds', string.format('%.0f', now + tonumber(ARGV[3])))
  local left = math.max(ends - now, tonumber(ARGV[3]), tonumber(h[9] or 0) - now, tonumber(h[12] or 0) + tonumber(ARGV[6]) - now)
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(left / 1000)))
end
return {good, refused and 1 or 0, claim, wait, reason, strikes, id, value, ends - now}
`)

// saveToken: claim, id, value, keep → 1, or 0 if superseded.
var saveToken = sameStep(`
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'id', ARGV[2], 'value', ARGV[3], 'ends', string.format('%.0f', now + tonumber(ARGV[4])), 'claim', ARGV[1], 'ended', '1')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(tonumber(ARGV[4]) / 1000)))
return 1
`)

// dropClaim: claim, credentials, pause, reason, strike, strikeSpan → 1, or 0 if superseded.
var dropClaim = sameStep(`
local h = redis.call('HMGET', KEYS[1], 'claim', 'ended', 'who', 'ends', 'pause', 'struck')
if h[1] ~= ARGV[1] then return 0 end
if h[2] == '1' then return 1 end
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local pause, struck = tonumber(h[5] or 0), tonumber(h[6] or 0)
redis.call('HSET', KEYS[1], 'ended', '1')
if (h[3] or '') ~= ARGV[2] then
  redis.call('HSET', KEYS[1], 'who', ARGV[2], 'strikes', '0')
  redis.call('HDEL', KEYS[1], 'pause', 'reason', 'struck')
  pause, struck = 0, 0
end
if ARGV[5] == '1' then
  if now >= struck + tonumber(ARGV[6]) then redis.call('HSET', KEYS[1], 'strikes', '0') end
  redis.call('HINCRBY', KEYS[1], 'strikes', 1)
  redis.call('HSET', KEYS[1], 'struck', string.format('%.0f', now))
  struck = now
end
if tonumber(ARGV[3]) > 0 then
  pause = now + tonumber(ARGV[3])
  redis.call('HSET', KEYS[1], 'pause', string.format('%.0f', pause), 'reason', ARGV[4])
end
local left = math.max(tonumber(h[4] or 0) - now, pause - now, struck + tonumber(ARGV[6]) - now, 60000000) -- a minute, to know the same step again
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(left / 1000)))
return 1
`)

func (s *Store) tokenKeys(account string) []string { return []string{s.key(account, "token")} }

// ClaimToken implements lock.TokenStore.
func (s *Store) ClaimToken(ctx context.Context, account string, c lock.TokenClaim) (lock.TokenGrant, error) {
	reply, err := s.run(ctx, claimToken, s.tokenKeys(account),
		c.Rejected, flag(c.Refused), micros(c.Hold), c.Credentials, rand.Text(), micros(strikeSpan))
	if err != nil {
		return lock.TokenGrant{}, err
	}
	r, err := list(reply, 9)
	if err != nil {
		return lock.TokenGrant{}, err
	}
	g := lock.TokenGrant{
		Good: number(r[0]) == 1, Refused: number(r[1]) == 1, Claim: text(r[2]), Wait: duration(r[3]), Strikes: int(number(r[5])),
		Token: lock.StoredToken{ID: text(r[6]), Value: bytesOf(r[7]), Keep: duration(r[8])},
	}
	if r[4] != nil {
		g.Paused = []byte(text(r[4]))
	}
	return g, nil
}

// SaveToken implements lock.TokenStore.
func (s *Store) SaveToken(ctx context.Context, account, claim string, t lock.StoredToken) error {
	return superseded(s.run(ctx, saveToken, s.tokenKeys(account), claim, t.ID, t.Value, micros(t.Keep)))
}

// DropClaim implements lock.TokenStore.
func (s *Store) DropClaim(ctx context.Context, account, claim string, why lock.ClaimFailure) error {
	return superseded(s.run(ctx, dropClaim, s.tokenKeys(account),
		claim, why.Credentials, micros(why.Pause), why.Reason, flag(why.Strike), micros(strikeSpan)))
}

// superseded reads the reply of a script that may come too late.
func superseded(reply any, err error) error {
	if err != nil {
		return err
	}
	n, err := integer(reply)
	if err == nil && n == 0 {
		return lock.ErrSuperseded
	}
	return err
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// bytesOf is nil for an empty text.
func bytesOf(v any) []byte {
	if t := text(v); t != "" {
		return []byte(t)
	}
	return nil
}
