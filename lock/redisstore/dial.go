package redisstore

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// quietDial keeps go-redis from printing when a server cannot be reached: it gets a connection on
// which nothing works, and reports that to its caller alone.
type quietDial struct{}

// DialHook implements redis.Hook.
func (quietDial) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := next(ctx, network, address)
		if err != nil {
			return refused{err}, nil
		}
		return c, nil
	}
}

// ProcessHook implements redis.Hook.
func (quietDial) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

// ProcessPipelineHook implements redis.Hook.
func (quietDial) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// refused is a connection that has failed.
type refused struct{ err error }

func (r refused) Read([]byte) (int, error)         { return 0, r.err }
func (r refused) Write([]byte) (int, error)        { return 0, r.err }
func (r refused) Close() error                     { return nil }
func (r refused) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (r refused) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (r refused) SetDeadline(time.Time) error      { return nil }
func (r refused) SetReadDeadline(time.Time) error  { return nil }
func (r refused) SetWriteDeadline(time.Time) error { return nil }
