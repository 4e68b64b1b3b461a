package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/smartlock-sdk/smartlock/lock"
)

// Store is a lock.Store on Redis. It is safe for concurrent use.
type Store struct {
	db        redis.UniversalClient
	namespace string
	timeout   time.Duration
	fresh     bool // Options.New
	log       *slog.Logger

	born sync.Map // account → the born field that was seen last, a string
}

var _ lock.Store = (*Store)(nil)

// New returns a store. Nothing is sent; Check tells whether the server is there.
func New(o Options) (*Store, error) {
	u, err := o.universal()
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return nil, err
	}
	db := redis.NewUniversalClient(u)
	db.AddHook(quietDial{})
	return &Store{
		db:        db,
		namespace: cmp.Or(o.Namespace, defaultNamespace),
		timeout:   cmp.Or(o.Timeout, defaultTimeout),
		fresh:     o.New,
		log:       cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
	}, nil
}

// Close closes the connections to the server. The store cannot be used any more.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("redisstore: %w", err)
	}
	return nil
}

// key is the name of a key. All keys of one owner (an account, a log, a lease) are in one slot of a
// cluster, because they share what stands in braces.
func (s *Store) key(owner, part string) string {
	if owner == "" {
		owner = "%" // an empty tag would be none
	} else {
		owner = braces.Replace(owner)
	}
	return s.namespace + ":{" + owner + "}:" + part
}

var braces = strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D")

// script is one step on the server.
type script struct {
	*redis.Script
	again bool // may be sent twice: with the same arguments it does the same
}

func step(source string) script     { return script{redis.NewScript(source), false} }
func sameStep(source string) script { return script{redis.NewScript(source), true} }

// run runs a script. It returns as soon as ctx ends or the timeout has passed, whatever the
// connection does.
func (s *Store) run(ctx context.Context, sc script, keys []string, args ...any) (any, error) {
	return within(ctx, s.timeout, func(ctx context.Context) (any, error) {
		reply, err := sc.Run(ctx, s.db, keys, args...).Result()
		if sc.again && dropped(err) {
			reply, err = sc.Run(ctx, s.db, keys, args...).Result()
		}
		if errors.Is(err, redis.Nil) {
			return nil, nil
		}
		return reply, err
	})
}

// within calls f on a goroutine, because go-redis does not look at a context while it waits for the
// network. f ends by itself, at the latest after the time-outs of a connection.
func within[T any](ctx context.Context, timeout time.Duration, f func(context.Context) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	type result struct {
		value T
		err   error
	}
	inner, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		value, err := f(inner)
		done <- result{value, err}
	}()
	var r result
	select {
	case r = <-done:
	case <-inner.Done():
		r.err = inner.Err()
	}
	switch {
	case r.err == nil:
		return r.value, nil
	case ctx.Err() != nil:
		return none, ctx.Err()
	}
	if d, ok := ctx.Deadline(); ok && !time.Now().Before(d) { // a connection may notice it sooner than ctx
		return none, context.DeadlineExceeded
	}
	return none, unavailable(r.err)
}

func unavailable(err error) error {
	if errors.Is(err, redis.ErrClosed) {
		err = fmt.Errorf("%w: %w", fs.ErrClosed, err)
	}
	return &lock.Error{Kind: lock.ErrStoreUnavailable, Message: "Redis", Err: err}
}

// garbled is what a reply is that none of our scripts gives.
func garbled(reply any) error { return unavailable(fmt.Errorf("unexpected reply of type %T", reply)) }

// dropped reports whether a connection of the pool had ended, as they do when a server restarts.
func dropped(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// list reads a reply that is a list of at least n.
func list(reply any, n int) ([]any, error) {
	l, ok := reply.([]any)
	if !ok || len(l) < n {
		return nil, garbled(reply)
	}
	return l, nil
}

// integer reads a reply that is a number.
func integer(reply any) (int64, error) {
	n, ok := reply.(int64)
	if !ok {
		return 0, garbled(reply)
	}
	return n, nil
}

// Replies hold integers as int64 and text as string; a nil stands for no text.

func number(v any) int64 {
	n, _ := v.(int64)
	return n
}

func text(v any) string {
	t, _ := v.(string)
	return t
}

// micros is a duration as the scripts count it; a positive one is never 0.
func micros(d time.Duration) int64 {
	if d > 0 {
		d += time.Microsecond - 1
	}
	return int64(d / time.Microsecond)
}

func duration(micros any) time.Duration { return time.Duration(number(micros)) * time.Microsecond }
