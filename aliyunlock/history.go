package aliyunlock

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// SetLockNickname names a lock (设置门锁设备的昵称). Every user of the lock may, and all of them see
// the name.
//
// POST /lock/nickname/set, §10.
func (c *Client) SetLockNickname(ctx context.Context, req SetLockNicknameRequest) (*Reply, error) {
	return do(ctx, c, "/lock/nickname/set", req)
}

// SetLockNicknameRequest names a device.
type SetLockNicknameRequest struct {
	NickName string `json:"nickName"`
	IotID    string `json:"iotId"`
}

func (r SetLockNicknameRequest) validate() error {
	return missing("IotID", r.IotID, "NickName", r.NickName)
}

// maxEventPage is how many records a page of the history holds at most.
const maxEventPage = 50

// QueryEventHistory lists what a lock has reported, page by page, newest first
// (查询锁的事件记录列表). The history lags: 9 of 10 records are there within a minute, all of them
// within two hours.
//
// POST /lock/event/history/query, §11.
func (c *Client) QueryEventHistory(ctx context.Context, req QueryEventHistoryRequest) (*Page[EventRecord], error) {
	p, err := list[EventRecord](ctx, c, "/lock/event/history/query", req)
	if err != nil {
		return nil, err
	}
	for i := range p.Items {
		r := &p.Items[i]
		r.ServiceTime, r.ClientTime = localTime(r.ServiceDate, c.location), localTime(r.ClientDate, c.location)
	}
	return p, nil
}

// QueryEventHistoryRequest says which records of which lock.
type QueryEventHistoryRequest struct {
	IotID  string
	Events []string  // identifiers; empty = all
	Start  time.Time // required, to the millisecond
	End    time.Time // required
	// LockUserID and LockUserType narrow to the events of one key, and count only together.
	LockUserID   string
	LockUserType KeyType
	// VirtualUserID narrows to the events of a person's keys. Together with a key the result is the
	// union of both.
	VirtualUserID string
	Paging        // PageSize at most 50
}

func (r QueryEventHistoryRequest) validate() error {
	if err := cmp.Or(missing("IotID", r.IotID), r.check(maxEventPage)); err != nil {
		return err
	}
	switch {
	case r.Start.IsZero() || r.End.IsZero():
		return errors.New("set Start and End, which the vendor requires")
	case r.End.Before(r.Start):
		return errors.New("set End to an instant that does not lie before Start")
	case (r.LockUserID == "") != (r.LockUserType == 0):
		return errors.New("set LockUserID and LockUserType, or neither: the vendor ignores one alone")
	}
	return nil
}

func (r QueryEventHistoryRequest) onWire(c *Client) any {
	w := eventHistoryWire{
		Iotid: r.IotID, IotID: r.IotID, Events: r.Events, Start: wire.Milli{Time: r.Start}, End: wire.Milli{Time: r.End},
		LockUserID: r.LockUserID, LockUserType: r.LockUserType, VirtualUserID: r.VirtualUserID, Paging: r.Paging,
	}
	if c.set.oneIotid {
		w.IotID = ""
	}
	return w
}

// eventHistoryWire is a QueryEventHistoryRequest as it is sent. The device goes under both of its
// names: the table has the first, the sample the second.
type eventHistoryWire struct {
	Iotid         string     `json:"iotid"`
	IotID         string     `json:"iotId,omitzero"`
	Events        []string   `json:"events,omitzero"`
	Start         wire.Milli `json:"start"`
	End           wire.Milli `json:"end"`
	LockUserID    string     `json:"lockUserId,omitzero"`
	LockUserType  KeyType    `json:"lockUserType,omitzero"`
	VirtualUserID string     `json:"virtualUserId,omitzero"`
	Paging
}

// EventRecord is something that a lock has reported. Which of KeyID, LockType and UserLimit are set
// depends on the event.
type EventRecord struct {
	wire.Kept   `json:"-"`
	IotID       string           `json:"iot_id"`
	EventCode   string           `json:"event_code"`   // the event's identifier in the product's thing model
	ServiceDate string           `json:"service_date"` // when the platform recorded it: a local time without a zone
	ClientDate  string           `json:"client_date"`  // when the device reported it, by its own clock
	ServiceTime time.Time        `json:"-"`            // ServiceDate in the zone of lock.WithLocation; zero = it cannot be read
	ClientTime  time.Time        `json:"-"`            // ClientDate
	KeyID       string           `json:"KeyID"`
	LockType    KeyType          `json:"LockType"`  // 0 = not said
	UserLimit   KeyPermission    `json:"UserLimit"` // 0 = not said
	KeyStr      lock.Secret      `json:"KeyStr"`    // may be a password in clear, of a key that was added
	Extra       map[string]Value `json:"extra"`     // the event's other outputs
}

// UnmarshalJSON reads a record, whose members are partly defined by the product.
func (r *EventRecord) UnmarshalJSON(data []byte) error {
	members, err := wire.Members(nil, data)
	if err != nil {
		return err
	}
	*r = EventRecord{Extra: map[string]Value{}}
	for _, m := range members {
		var into any
		switch m.Name {
		case "iot_id":
			into = &r.IotID
		case "iotId", "iotid":
			if slices.ContainsFunc(members, func(m wire.Member) bool { return m.Name == "iot_id" }) {
				continue
			}
			into = &r.IotID
		case "event_code":
			into = &r.EventCode
		case "service_date":
			into = &r.ServiceDate
		case "client_date":
			into = &r.ClientDate
		case "KeyID":
			into = &r.KeyID
		case "LockType":
			into = &r.LockType
		case "UserLimit":
			into = &r.UserLimit
		case "KeyStr":
			into = &r.KeyStr
		default:
			r.Extra[m.Name] = Value{lock.NewSecret(string(m.Value))}
			continue
		}
		if err := wire.Unmarshal(m.Value, into); err != nil {
			return err
		}
	}
	return nil
}

// Output returns another output of the event, nil if it has none of that name.
func (r *EventRecord) Output(name string) *Value {
	v, ok := r.Extra[name]
	if !ok {
		return nil
	}
	return &v
}
