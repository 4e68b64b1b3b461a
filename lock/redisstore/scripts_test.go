package redisstore

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// sources are the scripts as they are written in the package.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, file := range []string{"tokens.go", "limits.go", "log.go", "leases.go"} {
		for _, m := range regexp.MustCompile("(?s)var (\\w+) = (?:step|sameStep)\\(`(.*?)`\\)").FindAllStringSubmatch(read(t, file), -1) {
			all[m[1]] = m[2]
		}
	}
	if len(all) != 15 {
		t.Errorf("got %d scripts, want 15", len(all))
	}
	return all
}

// Aliyun's cluster proxy refuses scripts whose keys are not written as KEYS[1], KEYS[2] in the call.
func TestKeysAreLiteral(t *testing.T) {
	call := regexp.MustCompile(`redis\.call\('(\w+)'(?:, ([^,)]+))?`)
	literal := regexp.MustCompile(`^KEYS\[[1-9]\]$`)
	for name, source := range sources(t) {
		calls := call.FindAllStringSubmatch(source, -1)
		assert.Len(t, calls, strings.Count(source, "redis.call("), "%s: calls that this test does not read", name)
		assert.NotEmpty(t, calls, name)
		for _, c := range calls {
			if c[1] != "TIME" {
				assert.Regexp(t, literal, c[2], "%s: %s", name, c[0])
			}
		}
		assert.NotContains(t, source, "redis.pcall", name)
	}
}

func TestCommandsAreThoseOfRedis5(t *testing.T) {
	known := []string{
		"TIME", "GET", "SET", "DEL", "INCR", "PTTL", "PEXPIRE", "HGET", "HMGET", "HSET", "HDEL", "HINCRBY",
		"ZADD", "ZREM", "ZCARD", "ZSCORE", "ZRANGE", "ZRANGEBYSCORE", "ZREMRANGEBYSCORE", "XADD", "XDEL", "XLEN", "XRANGE",
	}
	for name, source := range sources(t) {
		for _, c := range regexp.MustCompile(`redis\.call\('(\w+)'`).FindAllStringSubmatch(source, -1) {
			assert.True(t, slices.Contains(known, c[1]), "%s: %s", name, c[1])
		}
		assert.NotRegexp(t, `'(BYSCORE|MINID|EXAT|PXAT|KEEPTTL|GT|LT)'|'\(' \.\. ARGV\[1\] \.\. '-`, source, "%s: an option of later versions", name)
	}
}

func TestKeysOfOneOwnerAreInOneSlot(t *testing.T) {
	s := &Store{namespace: "ns"}
	tag := regexp.MustCompile(`\{([^}]*)\}`) // the first braces, as Redis has it
	for _, owner := range []string{"", "a", "{a}", "}{", "a}b{c", "%"} {
		keys := append(s.logKeys(owner, "seen:{x}", "next", "events", "due", "fence"), s.slotKeys(owner, "{k}")...)
		for _, k := range append(keys, s.tokenKeys(owner)...) {
			m := tag.FindStringSubmatch(k)
			if assert.NotNil(t, m, k) {
				assert.NotEmpty(t, m[1], k)
				assert.Equal(t, tag.FindStringSubmatch(keys[0])[1], m[1], k)
			}
			assert.True(t, strings.HasPrefix(k, "ns:{"), k)
		}
	}
	seen := map[string]string{}
	for _, owner := range []string{"", "%", "{", "%7B", "%25", "}"} {
		k := s.key(owner, "x")
		assert.Empty(t, seen[k], "%q and %q have one name", owner, seen[k])
		seen[k] = owner + "!"
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
