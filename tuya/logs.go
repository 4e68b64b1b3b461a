package tuya

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ListOpenLogs lists who has opened a door, newest first.
//
// GET /v1.0/devices/{device_id}/door-lock/open-logs, outside the document.
func (c *Client) ListOpenLogs(ctx context.Context, device lock.DeviceID, req ListOpenLogsRequest) (*Page[LogEntry], error) {
	if err := validity(req.StartTime, req.EndTime); err != nil {
		return nil, c.rest.Error(ctx, "", lock.ErrInvalidArgument, err)
	}
	q := openLogsQuery{Paging: req.Paging, StartTime: req.StartTime.Unix(), EndTime: ceiling(req.EndTime, time.Second).Unix()}
	if c.set.logTimes == LogMillis {
		q.StartTime, q.EndTime = req.StartTime.UnixMilli(), ceiling(req.EndTime, time.Millisecond).UnixMilli()
	}
	return list[LogEntry](ctx, c, at("/v1.0/devices/{device_id}/door-lock/open-logs", device), q)
}

// ListOpenLogsRequest says from when to when. The vendor counts whole seconds: the window grows to
// them.
type ListOpenLogsRequest struct {
	StartTime time.Time
	EndTime   time.Time
	Paging
}

type openLogsQuery struct {
	Paging
	StartTime int64 `url:"start_time"`
	EndTime   int64 `url:"end_time"`
}

// ceiling is the first multiple of d that is not before t.
func ceiling(t time.Time, d time.Duration) time.Time {
	if down := t.Truncate(d); !down.Equal(t) {
		return down.Add(d)
	}
	return t
}

// LogEntry is something that has happened at a door.
type LogEntry struct {
	wire.Kept  `json:"-"`
	UpdateTime time.Time `json:"update_time"`
	UserID     UserID    `json:"user_id"` // "" of an alarm, and where nobody is known
	NickName   string    `json:"nick_name"`
	UnlockName string    `json:"unlock_name"`
	Status     Statuses  `json:"status"` // mostly one
}

// ListAlarmLogs lists the alarms of a door, newest first.
//
// GET /v1.0/devices/{device_id}/door-lock/alarm-logs, outside the document.
func (c *Client) ListAlarmLogs(ctx context.Context, device lock.DeviceID, req ListAlarmLogsRequest) (*Page[LogEntry], error) {
	return list[LogEntry](ctx, c, at("/v1.0/devices/{device_id}/door-lock/alarm-logs", device), req)
}

// ListAlarmLogsRequest says which alarms: EventAlarm, EventDuress, EventDoorbell. Without Codes the
// vendor lists those of EventAlarm.
type ListAlarmLogsRequest struct {
	Codes Codes `url:"codes,omitempty"`
	Paging
}
