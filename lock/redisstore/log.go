package redisstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// A log is a stream (events) whose entries have the IDs 1-0, 2-0, …, counted by a key of its own
// (next), and one key per remembered ID (seen:…). What is still to be handled is a sorted set (due)
// of places, written with 16 digits, by the time when they are due; beside it the hashes tries (how
// often a place was taken), untried (how often of these nobody tried) and why, and the sorted set dead of
// places by place.

// appendEvent: id, keep in ms, data, fence or "", whether it is to be handled → 1 appended, 0 there
// already, -1 superseded.
var appendEvent = step(`
if ARGV[4] ~= '' and redis.call('GET', KEYS[5]) ~= ARGV[4] then return -1 end
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[2]) then return 0 end
local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000000 + t[2])
local seq = string.format('%016.0f', redis.call('INCR', KEYS[2]))
redis.call('XADD', KEYS[3], string.format('%.0f-0', tonumber(seq)), 'id', ARGV[1], 'at', now, 'data', ARGV[3])
if ARGV[5] == '1' then redis.call('ZADD', KEYS[4], now, seq) end
return 1
`)

// readEvents: the ID of the first entry, n → entries.
var readEvents = step(`return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])`)

// trimEvents: the ID of the first entry, keep, how many to look at → removed, the ID of the last
// entry looked at, or "" at the end. Keys: events, due, dead.
var trimEvents = step(`
local t = redis.call('TIME')
local till = t[1] * 1000000 + t[2] - tonumber(ARGV[2])
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[3])
local removed, last = 0, ''
for _, e in ipairs(entries) do
  if tonumber(e[2][4]) >= till then return {removed, ''} end
  last = e[1]
  local seq = string.format('%016.0f', tonumber(string.match(last, '^%d+')))
  if not redis.call('ZSCORE', KEYS[2], seq) and not redis.call('ZSCORE', KEYS[3], seq) then
    redis.call('XDEL', KEYS[1], last)
    removed = removed + 1
  end
end
if #entries < tonumber(ARGV[3]) then last = '' end
return {removed, last}
`)

// countEvents: keys events, due, dead.
var countEvents = step(`return {redis.call('XLEN', KEYS[1]), redis.call('ZCARD', KEYS[2]), redis.call('ZCARD', KEYS[3])}`)

// takeEvents: n, hold → list of entry, taken, untried, why. Keys: events, due, tries, why, untried.
var takeEvents = step(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local till = string.format('%.0f', now + tonumber(ARGV[2]))
local out = {}
for _, seq in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])) do
  local id = string.format('%.0f-0', tonumber(seq))
  local e = redis.call('XRANGE', KEYS[1], id, id)
  if #e == 0 then
    redis.call('ZREM', KEYS[2], seq)
  else
    redis.call('ZADD', KEYS[2], till, seq)
    out[#out + 1] = {e[1], redis.call('HINCRBY', KEYS[3], seq, 1), redis.call('HGET', KEYS[5], seq) or '0', redis.call('HGET', KEYS[4], seq)}
  end
end
return out
`)

// settleEvent: seq, taken, outcome, after, why, whether nobody tried → 1, or 0 if superseded.
// Keys: due, tries, why, dead, untried.
var settleEvent = step(`
if ARGV[3] == 'handled' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
  redis.call('ZREM', KEYS[4], ARGV[1])
  redis.call('HDEL', KEYS[5], ARGV[1])
  return 1
end
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == 'dead' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZADD', KEYS[4], tonumber(ARGV[1]), ARGV[1])
else
  local t = redis.call('TIME')
  redis.call('ZADD', KEYS[1], string.format('%.0f', t[1] * 1000000 + t[2] + tonumber(ARGV[4])), ARGV[1])
end
if ARGV[3] ~= 'held' then
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[5])
  if ARGV[6] == '1' then redis.call('HINCRBY', KEYS[5], ARGV[1], 1) end
end
return 1
`)

// deadEvents: after, n → list of entry, taken, untried, why. Keys: events, dead, tries, why, untried.
var deadEvents = step(`
local out = {}
for _, seq in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])) do
  local id = string.format('%.0f-0', tonumber(seq))
  local e = redis.call('XRANGE', KEYS[1], id, id)
  if #e == 1 then out[#out + 1] = {e[1], redis.call('HGET', KEYS[3], seq), redis.call('HGET', KEYS[5], seq) or '0', redis.call('HGET', KEYS[4], seq)} end
end
return out
`)

// replayEvents: seqs, or none for the first dead ones → how many. Keys: due, tries, why, dead, untried.
var replayEvents = step(`
local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000000 + t[2])
local seqs = ARGV
if #seqs == 0 then seqs = redis.call('ZRANGE', KEYS[4], 0, 999) end
local n = 0
for _, seq in ipairs(seqs) do
  if redis.call('ZREM', KEYS[4], seq) == 1 then
    redis.call('HDEL', KEYS[2], seq)
    redis.call('HDEL', KEYS[3], seq)
    redis.call('HDEL', KEYS[5], seq)
    redis.call('ZADD', KEYS[1], now, seq)
    n = n + 1
  end
end
return n
`)

// logKeys names parts of a log, in the order in which a script has them.
func (s *Store) logKeys(log string, parts ...string) []string {
	keys := make([]string, len(parts))
	for i, p := range parts {
		keys[i] = s.key(log, p)
	}
	return keys
}

// AppendEvent implements lock.EventLog.
func (s *Store) AppendEvent(ctx context.Context, log string, e lock.LogEntry, o lock.AppendOptions) (bool, error) {
	switch {
	case e.ID == "":
		return false, errors.New("redisstore: an event without an ID cannot be appended once")
	case o.Keep <= 0:
		return false, errors.New("redisstore: AppendOptions.Keep must be positive")
	}
	fence := ""
	if o.Fence != 0 {
		fence = strconv.FormatUint(o.Fence, 10)
	}
	reply, err := s.run(ctx, appendEvent, s.logKeys(log, "seen:"+e.ID, "next", "events", "due", "fence"),
		e.ID, millis(o.Keep), e.Data, fence, flag(!o.Handled))
	if err != nil {
		return false, err
	}
	n, err := integer(reply)
	if err == nil && n < 0 {
		err = lock.ErrSuperseded
	}
	return n == 1, err
}

// ReadEvents implements lock.EventLog.
func (s *Store) ReadEvents(ctx context.Context, log string, after uint64, n int) ([]lock.LogEntry, error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	reply, err := s.run(ctx, readEvents, s.logKeys(log, "events"), strconv.FormatUint(after+1, 10)+"-0", n)
	if err != nil {
		return nil, err
	}
	found, err := list(reply, 0)
	if err != nil {
		return nil, err
	}
	entries := make([]lock.LogEntry, len(found))
	for i, v := range found {
		if entries[i], err = entry(v); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// trimAtOnce is how many entries one script looks at.
const trimAtOnce = 500

// TrimEvents implements lock.EventLog.
func (s *Store) TrimEvents(ctx context.Context, log string, keep time.Duration) (int, error) {
	from, removed := "1-0", 0
	for {
		reply, err := s.run(ctx, trimEvents, s.logKeys(log, "events", "due", "dead"), from, micros(keep), trimAtOnce)
		if err != nil {
			return removed, err
		}
		r, err := list(reply, 2)
		if err != nil {
			return removed, err
		}
		removed += int(number(r[0]))
		if text(r[1]) == "" {
			return removed, nil
		}
		seq, err := place(r[1])
		if err != nil {
			return removed, err
		}
		from = strconv.FormatUint(seq+1, 10) + "-0"
	}
}

// CountEvents implements lock.EventLog.
func (s *Store) CountEvents(ctx context.Context, log string) (lock.LogCount, error) {
	reply, err := s.run(ctx, countEvents, s.logKeys(log, "events", "due", "dead"))
	if err != nil {
		return lock.LogCount{}, err
	}
	r, err := list(reply, 3)
	if err != nil {
		return lock.LogCount{}, err
	}
	return lock.LogCount{Entries: int(number(r[0])), Waiting: int(number(r[1])), Dead: int(number(r[2]))}, nil
}

// TakeEvents implements lock.EventQueue.
func (s *Store) TakeEvents(ctx context.Context, log string, n int, hold time.Duration) ([]lock.Delivery, error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	return deliveries(s.run(ctx, takeEvents, s.logKeys(log, "events", "due", "tries", "why", "untried"), n, micros(hold)))
}

// SettleEvent implements lock.EventQueue.
func (s *Store) SettleEvent(ctx context.Context, log string, d lock.Delivery, how lock.Settlement) error {
	var outcome string
	switch how.Outcome {
	case lock.EventHandled:
		outcome = "handled"
	case lock.EventAgain:
		outcome = "again"
	case lock.EventDead:
		outcome = "dead"
	case lock.EventHeld:
		outcome = "held"
	default:
		return errors.New("redisstore: a Settlement needs an Outcome")
	}
	return superseded(s.run(ctx, settleEvent, s.logKeys(log, "due", "tries", "why", "dead", "untried"),
		digits(d.Seq), d.Taken, outcome, micros(how.After), how.Why, flag(how.Untried)))
}

// DeadEvents implements lock.EventQueue.
func (s *Store) DeadEvents(ctx context.Context, log string, after uint64, n int) ([]lock.Delivery, error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	return deliveries(s.run(ctx, deadEvents, s.logKeys(log, "events", "dead", "tries", "why", "untried"), strconv.FormatUint(after, 10), n))
}

// ReplayEvents implements lock.EventQueue.
func (s *Store) ReplayEvents(ctx context.Context, log string, seqs ...uint64) (int, error) {
	args := make([]any, len(seqs))
	for i, seq := range seqs {
		args[i] = digits(seq)
	}
	total := 0
	for {
		reply, err := s.run(ctx, replayEvents, s.logKeys(log, "due", "tries", "why", "dead", "untried"), args...)
		if err != nil {
			return total, err
		}
		n, err := integer(reply)
		total += int(n)
		if err != nil || len(seqs) > 0 || n == 0 {
			return total, err
		}
	}
}

// digits is a place as a member of the sorted sets, where equal scores are in the order of the text.
func digits(seq uint64) string {
	t := strconv.FormatUint(seq, 10)
	return "0000000000000000"[:max(0, 16-len(t))] + t
}

// place reads the ID of an entry.
func place(id any) (uint64, error) {
	t := text(id)
	if len(t) < 3 || t[len(t)-2:] != "-0" {
		return 0, garbled(id)
	}
	seq, err := strconv.ParseUint(t[:len(t)-2], 10, 64)
	if err != nil {
		return 0, unavailable(err)
	}
	return seq, nil
}

// entry reads an entry of the stream: its ID, and its fields in the order in which they were added.
func entry(v any) (lock.LogEntry, error) {
	e, err := list(v, 2)
	if err != nil {
		return lock.LogEntry{}, err
	}
	fields, err := list(e[1], 6)
	if err != nil {
		return lock.LogEntry{}, err
	}
	seq, err := place(e[0])
	if err != nil {
		return lock.LogEntry{}, err
	}
	at, err := strconv.ParseInt(text(fields[3]), 10, 64)
	if err != nil {
		return lock.LogEntry{}, unavailable(err)
	}
	return lock.LogEntry{Seq: seq, ID: text(fields[1]), At: time.UnixMicro(at), Data: bytesOf(fields[5])}, nil
}

// deliveries reads a list of entry, taken, untried, why.
func deliveries(reply any, err error) ([]lock.Delivery, error) {
	if err != nil {
		return nil, err
	}
	found, err := list(reply, 0)
	if err != nil {
		return nil, err
	}
	out := make([]lock.Delivery, len(found))
	for i, v := range found {
		d, err := list(v, 3) // a nil at the end is left out
		if err != nil {
			return nil, err
		}
		if out[i].LogEntry, err = entry(d[0]); err != nil {
			return nil, err
		}
		if out[i].Taken = int(number(d[1])); out[i].Taken == 0 {
			out[i].Taken, _ = strconv.Atoi(text(d[1])) // HGET gives text
		}
		untried, _ := strconv.Atoi(text(d[2]))
		out[i].Tries = out[i].Taken - untried
		if len(d) > 3 {
			out[i].Why = text(d[3])
		}
	}
	return out, nil
}

// millis is a duration for Redis' own clocks; a positive one is never 0.
func millis(d time.Duration) int64 { return (micros(d) + 999) / 1000 }
