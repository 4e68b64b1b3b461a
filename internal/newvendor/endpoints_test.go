package newvendor

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/smartlock-sdk/smartlock/internal/wiretest"
	"github.com/smartlock-sdk/smartlock/lock"
)

// begin endpoints

func endpoints() []wiretest.Row[*Client] {
	return []wiretest.Row[*Client]{
		{Endpoint: "GET /v1/locks", Name: "locks", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListLocks(ctx)
		}},
		{Endpoint: "GET /v1/locks/{lock_id}", Name: "lock", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetLock(ctx, "L1")
		}},
		{Endpoint: "POST /v1/locks/{lock_id}/name", Name: "name", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RenameLock(ctx, "L1", RenameLockRequest{Name: "前门"})
		}},
		{Endpoint: "GET /v1/locks/{lock_id}/log", Name: "log", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListLog(ctx, "L1", ListLogRequest{Since: noon.Unix()})
		}},
	}
}

func TestEndpoints(t *testing.T) {
	wiretest.Run(t, newClient, endpoints(), wiretest.Envelope("", "code", "msg"), wiretest.Headers("X-Acme-Key", "X-Acme-Time", "X-Acme-Sign"))
}

func TestEveryEndpointHasARow(t *testing.T) { wiretest.Complete(t, ".", endpoints()) }

// end endpoints

var noon = time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)

// still is a clock that stands at noon.
type still struct{}

func (still) Now() time.Time                                   { return noon }
func (still) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func newClient(_ *testing.T, hc *http.Client) *Client {
	return New("key", "secret", lock.WithHTTPClient(hc), lock.WithClock(still{}))
}

// The signature of the document's example.
func TestSignature(t *testing.T) {
	got := signature(lock.NewSecret("secret"), "GET", "/v1/locks", "", "1793534400", "")
	assert.Equal(t, "dfbc88110492daae470210a7cdbaeaccbb22468cd2c79894d98a85ef2601570b", got)
}
