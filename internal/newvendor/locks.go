package newvendor

import (
	"context"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// begin endpoint

// Lock is a lock as the vendor describes it.
type Lock struct {
	ID        string `json:"lock_id"`
	Name      string `json:"name"`
	Online    bool   `json:"online"`
	Battery   *int   `json:"battery"` // percent; nil = not reported yet
	wire.Kept `json:"-"`
}

// ListLocksResponse is the answer of ListLocks.
type ListLocksResponse struct {
	Locks     wire.List[Lock] `json:"locks"`
	wire.Kept `json:"-"`
}

// ListLocks returns all locks of the account.
//
// GET /v1/locks, §3.1.
func (c *Client) ListLocks(ctx context.Context) (*ListLocksResponse, error) {
	return get[ListLocksResponse](ctx, c, "", "/v1/locks", nil)
}

// end endpoint

// GetLock returns one lock.
//
// GET /v1/locks/{lock_id}, §3.2.
func (c *Client) GetLock(ctx context.Context, id string) (*Lock, error) {
	return get[Lock](ctx, c, "/v1/locks/{lock_id}", rest.Path("/v1/locks/%s", id), nil)
}

// RenameLock changes the name people see.
//
// POST /v1/locks/{lock_id}/name, §3.3.
func (c *Client) RenameLock(ctx context.Context, id string, req RenameLockRequest) (*Reply, error) {
	return post[Reply](ctx, c, "/v1/locks/{lock_id}/name", rest.Path("/v1/locks/%s/name", id), req)
}

// RenameLockRequest is the lock's new name.
type RenameLockRequest struct {
	Name string `json:"name"`
}

// Reply is the answer of calls that return nothing.
type Reply struct {
	wire.Kept `json:"-"`
}
