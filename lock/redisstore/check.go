package redisstore

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/lock"
)

// oldest is the first version of Redis that has what the scripts need.
const oldest = 5

// Check reports whether the server is there and new enough. It also logs a warning about settings
// with which the server loses what it was told. Managed services may forbid to ask for these, which
// is no error.
func (s *Store) Check(ctx context.Context) error {
	if _, err := within(ctx, s.timeout, func(ctx context.Context) (string, error) { return s.db.Ping(ctx).Result() }); err != nil {
		return err
	}
	version, err := s.version(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.log.LogAttrs(ctx, slog.LevelInfo, "Redis does not tell its version")
	case major(version) > 0 && major(version) < oldest:
		return &lock.Error{Kind: lock.ErrStoreUnavailable, Message: fmt.Sprintf("Redis %s is too old, version %d is needed", version, oldest)}
	}
	s.warn(ctx, "appendonly", func(v string) bool { return v != "no" },
		"Redis loses all events that are not handled yet when its process ends: set appendonly yes")
	s.warn(ctx, "maxmemory-policy", func(v string) bool { return v == "noeviction" },
		"Redis forgets tokens, limits and events when its memory is full: set maxmemory-policy noeviction")
	return ctx.Err()
}

// version asks the server for its version, "" if it tells none.
func (s *Store) version(ctx context.Context) (string, error) {
	info, err := within(ctx, s.timeout, func(ctx context.Context) (string, error) { return s.db.Info(ctx, "server").Result() })
	for line := range strings.Lines(info) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); ok {
			return v, nil
		}
	}
	return "", err
}

func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(first) // 0 = who knows
	return n
}

// warn logs what is wrong with a setting.
func (s *Store) warn(ctx context.Context, setting string, good func(string) bool, text string) {
	found, err := within(ctx, s.timeout, func(ctx context.Context) (map[string]string, error) { return s.db.ConfigGet(ctx, setting).Result() })
	if value, told := found[setting]; err == nil && told && !good(value) {
		s.log.LogAttrs(ctx, slog.LevelWarn, text, slog.String("setting", setting), slog.String("value", value))
	}
}
