package yeeuu

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ListOpenLogs returns one page of the log of opened doors (开门日志). The order is not documented;
// new entries push the others onto later pages if it begins with the newest.
//
// GET /apartments/{code}/get_device_logs, call 7.
func (c *Client) ListOpenLogs(ctx context.Context, req ListOpenLogsRequest) (*ListOpenLogsResponse, error) {
	e := req.at("get_device_logs")
	resp, err := get[ListOpenLogsResponse](ctx, c, e, req)
	if err != nil {
		return nil, err
	}
	if err := resp.Logs.readTimes(c.location); err != nil {
		return nil, c.rest.Error(ctx, "GET "+e.name, lock.ErrProtocol, err)
	}
	return resp, nil
}

// ListOpenLogsRequest says which page of which door's log to send.
type ListOpenLogsRequest struct {
	Door
	Page     int `url:"page"` // from 1
	PageSize int `url:"pageSize"`
}

func (r ListOpenLogsRequest) validate() error {
	if r.Page < 1 || r.PageSize < 1 {
		return errors.New("set Page and PageSize; pages count from 1")
	}
	return r.Door.validate()
}

// ListOpenLogsResponse holds a page. A reply without one is an empty page.
type ListOpenLogsResponse struct {
	Reply
	Logs OpenLogs `json:"data"`
}

// OpenLogs are entries of a log.
type OpenLogs []OpenLog

// OpenLog is an opened door.
type OpenLog struct {
	wire.Kept `json:"-"`
	Type      OpenedBy    `json:"type"`
	OpenTime  string      `json:"opentime"` // as written: "2016-05-31 17:01:24", without a zone
	At        time.Time   `json:"-"`        // OpenTime in the client's zone (lock.WithLocation), China's by default; zero if it is empty
	Opener    lock.Secret `json:"opener"`   // a phone number or a name
}

// UnmarshalJSON takes an array; null and an object are an empty one.
func (l *OpenLogs) UnmarshalJSON(data []byte) error {
	var list wire.List[OpenLog]
	if wire.Raw(data).Kind() != '{' {
		if err := wire.Unmarshal(bytes.Clone(data), &list); err != nil {
			return err
		}
	}
	*l = OpenLogs(list)
	return nil
}

// readTimes reads the local times.
func (l OpenLogs) readTimes(zone *time.Location) error {
	for i := range l {
		if l[i].OpenTime == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateTime, l[i].OpenTime, zone)
		if err != nil {
			return errors.New("an opentime is not written as 2006-01-02 15:04:05")
		}
		l[i].At = at
	}
	return nil
}

// CountOpenLogPages says how many pages the log has now.
//
// GET /apartments/{code}/get_device_logs_page_count, call 8.
func (c *Client) CountOpenLogPages(ctx context.Context, req CountOpenLogPagesRequest) (*CountOpenLogPagesResponse, error) {
	e := req.at("get_device_logs_page_count")
	resp, err := get[countOpenLogPagesReply](ctx, c, e, countOpenLogPagesWire{req, 1})
	switch {
	case err != nil:
		return nil, err
	case resp.Count == nil: // which must not pass for an empty log
		return nil, c.rest.Error(ctx, "GET "+e.name, lock.ErrProtocol, errors.New("the reply has no count"))
	}
	return &CountOpenLogPagesResponse{resp.Reply, *resp.Count}, nil
}

// CountOpenLogPagesRequest says of which size the pages are, and of which door.
type CountOpenLogPagesRequest struct {
	Door
	PageSize int `url:"pageSize"`
}

func (r CountOpenLogPagesRequest) validate() error {
	if r.PageSize < 1 {
		return errors.New("set PageSize")
	}
	return r.Door.validate()
}

// countOpenLogPagesWire adds the page, which the document lists although it says nothing here.
type countOpenLogPagesWire struct {
	CountOpenLogPagesRequest
	Page int `url:"page"`
}

type countOpenLogPagesReply struct {
	Reply
	Count *int `json:"count"` // the vendor writes a text
}

// CountOpenLogPagesResponse holds the number.
type CountOpenLogPagesResponse struct {
	Reply
	Count int `json:"count"`
}
