package newvendor

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/rest"
	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// ListLogRequest says from when on.
type ListLogRequest struct {
	Since int64 `url:"since"` // seconds since 1970; 0 = from the beginning
}

// LogEntry is something that happened at a lock.
type LogEntry struct {
	Number    int       `json:"number"` // counts within a lock
	At        time.Time `json:"at"`
	What      string    `json:"what"` // opened, tampered, low_battery; anything else is new to us
	Who       string    `json:"who"`  // "" = the vendor does not know
	wire.Kept `json:"-"`
}

// ListLogResponse is the answer of ListLog.
type ListLogResponse struct {
	Log       wire.List[LogEntry] `json:"log"`
	wire.Kept `json:"-"`
}

// ListLog returns what happened at a lock, oldest first.
//
// GET /v1/locks/{lock_id}/log, §3.4.
func (c *Client) ListLog(ctx context.Context, id string, req ListLogRequest) (*ListLogResponse, error) {
	return get[ListLogResponse](ctx, c, "/v1/locks/{lock_id}/log", rest.Path("/v1/locks/%s/log", id), req)
}
