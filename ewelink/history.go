package ewelink

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// History returns what was done with a device, the newest first. It records operations, not
// measurements, and only while the setting opsHistory is on. ClearHistory empties it, so it is no
// audit: keep a copy.
//
// GET /v2/device/history, §4.21.
func (c *Client) History(ctx context.Context, req HistoryRequest) (*HistoryReply, error) {
	return get[*HistoryReply](ctx, c, "/v2/device/history", historyQuery{req.DeviceID, millis(req.From), req.Num})
}

// HistoryRequest says which records to return.
type HistoryRequest struct {
	DeviceID string
	From     time.Time // records from before this instant, to the millisecond; zero = now
	Num      int       // at most 30; 0 = 30
}

type historyQuery struct {
	DeviceID string `url:"deviceid"`
	From     string `url:"from,omitempty"`
	Num      int    `url:"num,omitempty"`
}

func (r historyQuery) validate() error {
	if err := missing("DeviceID", r.DeviceID); err != nil {
		return err
	}
	return page(r.Num)
}

// millis writes an instant as the vendor counts it, "" if it is not set.
func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// HistoryReply lists records.
type HistoryReply struct {
	Reply
	Histories wire.List[Record] `json:"histories"`
}

// Record is one operation.
type Record struct {
	wire.Kept  `json:"-"`
	DeviceID   string      `json:"deviceid"`
	UserAgent  string      `json:"userAgent"`  // "device", "app" and others
	OpsSwitchs Channels    `json:"opsSwitchs"` // the channels; "switch" of a device with one
	Request    string      `json:"request"`    // JSON in a text, sometimes twice; see Params
	OpsAccount lock.Secret `json:"opsAccount"` // phone number or e-mail address of whoever did it in the app; may be somebody the device is shared with
	OpsTime    wire.Milli  `json:"opsTime"`
}

// Params returns what the operation sent, none if Request cannot be read.
func (r *Record) Params() Params { return requested(r.Request) }

// requested reads the request of a record: JSON in a text, which may be in a text again.
func requested(text string) Params {
	data := []byte(text)
	var inner string
	if wire.Unmarshal(data, &inner) == nil {
		data = []byte(inner)
	}
	var p struct {
		Params Params `json:"params"`
	}
	if wire.Unmarshal(data, &p) == nil && !p.Params.IsZero() {
		return p.Params
	}
	var whole Params
	if wire.Unmarshal(data, &whole) != nil {
		return Params{}
	}
	return whole
}

// Channels are names of channels. The document has them as a text and describes a list: both are
// read.
type Channels []string

// UnmarshalJSON reads a list or a text.
func (s *Channels) UnmarshalJSON(data []byte) error {
	*s = nil
	var list []string
	if len(data) > 0 && data[0] == '[' {
		err := wire.Unmarshal(data, &list)
		*s = list
		return err
	}
	var text string
	if err := wire.Unmarshal(data, &text); err != nil {
		return err
	}
	if strings.HasPrefix(text, "[") && wire.Unmarshal([]byte(text), &list) == nil {
		*s = list
		return nil
	}
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			*s = append(*s, one)
		}
	}
	return nil
}

// ClearHistory deletes the history of a device.
//
// DELETE /v2/device/history, §4.22.
func (c *Client) ClearHistory(ctx context.Context, deviceID string) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/device/history", deviceQuery{deviceID})
}

// AlarmHistory returns the alarms of a device, the newest first. The vendor's own add-on calls it; it
// is in no document.
//
// GET /v2/device/alarm-history, outside the document.
func (c *Client) AlarmHistory(ctx context.Context, req AlarmHistoryRequest) (*AlarmHistoryReply, error) {
	return get[*AlarmHistoryReply](ctx, c, "/v2/device/alarm-history",
		alarmQuery{req.DeviceID, req.Type, millis(req.From), req.Num, req.RFChannels})
}

// AlarmHistoryRequest says which alarms to return.
type AlarmHistoryRequest struct {
	DeviceID   string
	Type       string    // what the add-on calls the kind of alarm
	From       time.Time // alarms from before this instant; zero = now
	Num        int       // at most 30; 0 = the vendor's default
	RFChannels string    // of a radio bridge; "" = all
}

type alarmQuery struct {
	DeviceID string `url:"deviceid"`
	Type     string `url:"type"`
	From     string `url:"from,omitempty"`
	Num      int    `url:"num,omitempty"`
	RFChls   string `url:"rfChls,omitempty"`
}

func (r alarmQuery) validate() error {
	if err := missing("DeviceID", r.DeviceID, "Type", r.Type); err != nil {
		return err
	}
	return page(r.Num)
}

// AlarmHistoryReply lists alarms.
type AlarmHistoryReply struct {
	Reply
	AlarmHistories wire.List[Alarm] `json:"alarmHistories"`
}

// Alarm is one alarm.
type Alarm struct {
	wire.Kept   `json:"-"`
	Request     string      `json:"request"` // JSON in a text
	OpsTime     wire.Milli  `json:"opsTime"`
	UserAgent   string      `json:"userAgent"`
	RFChl       *int        `json:"rfChl"`
	OpsSwitchs  Channels    `json:"opsSwitchs"`
	OpsAccount  lock.Secret `json:"opsAccount"`
	TriggerType *int        `json:"triggerType"`
}

// Records yields what was done with a device, the newest first, from before an instant (zero = now) back
// to since (zero = to the beginning). Records of one instant are not lost where a page ends among
// them, and none comes twice. Should the vendor hold more records of one millisecond than it gives at
// once, the last pair is an error that says so (lock.ErrPartial).
func (c *Client) Records(ctx context.Context, deviceID string, before, since time.Time) iter.Seq2[Record, error] {
	return backwards(ctx, c, before, since, "GET /v2/device/history",
		func(r *Record) (time.Time, []byte) { return r.OpsTime.Time, r.Raw() },
		func(ctx context.Context, from time.Time) ([]Record, error) {
			r, err := c.History(ctx, HistoryRequest{DeviceID: deviceID, From: from, Num: maxRecords})
			if err != nil {
				return nil, err
			}
			return r.Histories, nil
		})
}

// itemKey tells items apart: its time in milliseconds, as the vendor writes it, and its bytes.
type itemKey struct {
	at  int64
	raw string
}

// mostStill is how many pages without anything new there may be in a row: one of an instant with more
// items than a page, asked for from that instant and from the one before it.
const mostStill = 3

// backwards lists what the vendor gives by "older than this instant". Whether the instant itself
// belongs to it is not documented, so each page is asked for from a millisecond after the last item,
// which brings all items of that instant again, and perhaps those a millisecond younger: as many as
// there were of each are left out.
func backwards[T any](ctx context.Context, c *Client, before, since time.Time, endpoint string,
	stamp func(*T) (time.Time, []byte), fetch func(context.Context, time.Time) ([]T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[itemKey]int{} // how many of each there were that may come again
		from, crowded, still := before, false, 0
		if !before.IsZero() {
			from = before.Add(time.Millisecond) // what is left of it when it is written in milliseconds
		}
		for {
			if err := ctx.Err(); err != nil {
				yield(none, c.error(ctx, endpoint, lock.ErrInterrupted, err))
				return
			}
			items, err := fetch(ctx, from)
			if err != nil {
				yield(none, err)
				return
			}
			fresh, count := 0, map[itemKey]int{}
			var oldest time.Time
			for i := range items {
				at, raw := stamp(&items[i])
				if i == 0 || at.Before(oldest) {
					oldest = at
				}
				key := itemKey{at.UnixMilli(), string(raw)}
				count[key]++
				if count[key] <= seen[key] {
					continue
				}
				fresh++
				if at.Before(since) {
					return
				}
				if !before.IsZero() && !at.Before(before) {
					continue
				}
				if !yield(items[i], nil) {
					return
				}
			}
			if len(items) == 0 || fresh == 0 && len(items) < maxRecords {
				break
			}
			next := oldest.Add(time.Millisecond)
			if still++; fresh > 0 {
				still = 0
			} else { // a whole page of one instant, and none of it new: go on behind it
				crowded = true
				if next = oldest; !next.Before(from) {
					next = from.Add(-time.Millisecond)
				}
			}
			if still > mostStill {
				yield(none, c.error(ctx, endpoint, lock.ErrProtocol, errors.New("the vendor answers with the same page whatever it is asked")))
				return
			}
			for key, n := range count {
				if key.at <= oldest.UnixMilli()+1 {
					seen[key] = max(seen[key], n)
				}
			}
			from = next
		}
		if crowded {
			yield(none, c.error(ctx, endpoint, lock.ErrPartial, fmt.Errorf("of an instant with more than %d records only the first ones are given", maxRecords)))
		}
	}
}
