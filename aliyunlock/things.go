package aliyunlock

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// ThingInfo is what the platform knows of a device.
type ThingInfo struct {
	wire.Kept       `json:"-"`
	IotID           string      `json:"iotId"`
	ProductKey      string      `json:"productKey"`
	Name            string      `json:"name"` // the deviceName of other calls
	Nickname        string      `json:"nickname"`
	MAC             string      `json:"mac"`
	SN              string      `json:"sn"`
	ThingType       ThingType   `json:"thingType"`
	FirmwareVersion string      `json:"firmwareVersion"`
	SDKVersion      string      `json:"sdkVersion"`
	NetAddress      string      `json:"netAddress"`
	Status          string      `json:"status"` // a number as in DeviceStatus, or a word
	StatusLast      string      `json:"statusLast"`
	ActiveTime      time.Time   `json:"activeTime"`
	GmtCreate       time.Time   `json:"gmtCreate"`
	GmtModified     time.Time   `json:"gmtModified"`
	RBACTenantID    string      `json:"rbacTenantId"`
	TenantID        string      `json:"tenantId"`
	Region          string      `json:"region"`
	DeviceKey       lock.Secret `json:"deviceKey"`
	DeviceSecret    lock.Secret `json:"deviceSecret"` // signs as the device: nobody but the device should have it
}

// GetThing returns what the platform knows of a device.
//
// POST /thing/info/get, outside the document.
func (c *Client) GetThing(ctx context.Context, iotID string) (*Answer[ThingInfo], error) {
	return ask[ThingInfo](ctx, c, "/thing/info/get", device{iotID})
}

// ThingStatus says whether a device is there.
type ThingStatus struct {
	wire.Kept `json:"-"`
	Status    DeviceStatus `json:"status"`
	Time      time.Time    `json:"time"` // since when
}

// GetStatus says whether a device is there.
//
// POST /thing/status/get, outside the document.
func (c *Client) GetStatus(ctx context.Context, iotID string) (*Answer[ThingStatus], error) {
	return ask[ThingStatus](ctx, c, "/thing/status/get", device{iotID})
}

// Property is the last value of a property of a device.
type Property struct {
	Value Value     `json:"value"`
	Time  time.Time `json:"time"` // when the device reported it
}

// GetProperties returns the last values of a device's properties, by identifier. Those it never
// reported are missing.
//
// POST /thing/properties/get, outside the document.
func (c *Client) GetProperties(ctx context.Context, iotID string) (*Answer[map[string]Property], error) {
	return ask[map[string]Property](ctx, c, "/thing/properties/get", device{iotID})
}

// SetProperties sets properties of a device. Success says that the platform has taken the command;
// the device reports the new values.
//
// POST /thing/properties/set, outside the document.
func (c *Client) SetProperties(ctx context.Context, req SetPropertiesRequest) (*Reply, error) {
	return do(ctx, c, "/thing/properties/set", req)
}

// SetPropertiesRequest says which properties of which device.
type SetPropertiesRequest struct {
	IotID string         `json:"iotId"`
	Items map[string]any `json:"items"` // by identifier
}

func (r SetPropertiesRequest) validate() error {
	if len(r.Items) == 0 {
		return errors.New("set Items to at least one property")
	}
	return missing("IotID", r.IotID)
}

// ServiceResult is the answer to a service.
type ServiceResult struct {
	Data      Value  // the outputs of a synchronous service; nothing for an asynchronous one
	MessageID string // of the command
}

// UnmarshalJSON reads the answer, which may be anything: it comes from the device.
func (r *ServiceResult) UnmarshalJSON(data []byte) error {
	*r = ServiceResult{}
	members, err := wire.Members(nil, data)
	if err != nil { // no object
		return r.Data.UnmarshalJSON(data)
	}
	for _, m := range members {
		switch m.Name {
		case "data":
			err = r.Data.UnmarshalJSON(m.Value)
		case "messageId":
			err = wire.Unmarshal(m.Value, &r.MessageID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// InvokeService calls a service that the product defines. The success of an asynchronous one says
// that the platform has taken the command; the device reports the rest as an event. Services of one
// device are called one after the other, some seconds apart: several at once were seen to be
// refused.
//
// POST /thing/service/invoke, outside the document.
func (c *Client) InvokeService(ctx context.Context, req InvokeServiceRequest) (*Answer[ServiceResult], error) {
	const path = "/thing/service/invoke"
	if c.cfg.Limits == lock.LimitOff || req.validate() != nil { // a wrong request takes no slot; change reports it
		return change[ServiceResult](ctx, c, path, req)
	}
	slot, err := c.services.Acquire(ctx, req.IotID, c.cfg.Limits == lock.LimitWait)
	if err != nil {
		return nil, c.limitError(ctx, path, err)
	}
	defer slot.Done()
	return change[ServiceResult](ctx, c, path, req)
}

// InvokeServiceRequest says which service of which device.
type InvokeServiceRequest struct {
	IotID      string `json:"iotId"`
	Identifier string `json:"identifier"`
	Args       any    `json:"args"` // a struct or a map, nil = none; put codes in as lock.Secret
}

func (r InvokeServiceRequest) validate() error {
	return missing("IotID", r.IotID, "Identifier", r.Identifier)
}

func (r InvokeServiceRequest) onWire(*Client) any {
	if r.Args == nil {
		r.Args = struct{}{}
	}
	return r
}

// GetThingModel returns the thing model of a device: its properties, services and events, as JSON.
//
// POST /thing/tsl/get, outside the document.
func (c *Client) GetThingModel(ctx context.Context, iotID string) (*Answer[json.RawMessage], error) {
	return ask[json.RawMessage](ctx, c, "/thing/tsl/get", device{iotID})
}

// maxTimeline is how many entries a timeline gives at most.
const maxTimeline = 200

// Order says how a timeline is ordered.
type Order string

// The orders of a timeline.
const (
	OldestFirst Order = "ASC"
	NewestFirst Order = "DESC"
)

// TimelineEvent is something a device has reported.
type TimelineEvent struct {
	wire.Kept `json:"-"`
	IotID     string           `json:"iotId"`
	EventCode string           `json:"eventCode"` // the event's identifier in the product's thing model
	EventName string           `json:"eventName"`
	EventType EventType        `json:"eventType"`
	BatchID   string           `json:"batchId"`
	Time      time.Time        `json:"timestamp"`
	Outputs   map[string]Value `json:"eventBody"` // codes may be among them
}

// timelineNames are what the members of a timeline's entries are called elsewhere.
var timelineNames = map[string]string{
	"identifier": "eventCode", "name": "eventName", "type": "eventType", "value": "eventBody", "outputData": "eventBody", "time": "timestamp",
}

// UnmarshalJSON reads an entry under either set of names, with its body as an object or as text.
func (e *TimelineEvent) UnmarshalJSON(data []byte) error {
	data, err := respelt(data, timelineNames)
	if err != nil {
		return err
	}
	type plain TimelineEvent // without this method
	var v struct {
		plain
		EventBody Value `json:"eventBody"` // before the one inside plain
	}
	if err := wire.Unmarshal(data, &v); err != nil {
		return err
	}
	*e = TimelineEvent(v.plain)
	body := v.EventBody.Raw()
	if text, ok := v.EventBody.Text(); ok {
		body = []byte(text)
	}
	if wire.Unmarshal(body, &e.Outputs) != nil {
		e.Outputs = nil // a body that is no object; it is in Raw
	}
	return nil
}

// Output returns an output of the event, nil if it has none of that name.
func (e *TimelineEvent) Output(name string) *Value {
	v, ok := e.Outputs[name]
	if !ok {
		return nil
	}
	return &v
}

// GetEventTimeline lists what a device has reported under one identifier.
//
// POST /living/device/event/timeline/get, outside the document.
func (c *Client) GetEventTimeline(ctx context.Context, req EventTimelineRequest) (*Page[TimelineEvent], error) {
	return list[TimelineEvent](ctx, c, "/living/device/event/timeline/get", req)
}

// EventTimelineRequest says which event of which device, and when.
type EventTimelineRequest struct {
	TimelineRequest
	EventType EventType // "" = EventInfo
}

// TimelineRequest says what of which device, and when.
type TimelineRequest struct {
	IotID      string
	Identifier string
	Start      time.Time
	End        time.Time
	Limit      int   // at most 200; 0 = 200
	Order      Order // "" = OldestFirst
}

func (r TimelineRequest) validate() error {
	switch {
	case r.Start.IsZero() || r.End.IsZero():
		return errors.New("set Start and End, which the vendor requires")
	case r.End.Before(r.Start):
		return errors.New("set End to an instant that does not lie before Start")
	case r.Limit < 0 || r.Limit > maxTimeline:
		return fmt.Errorf("set Limit to %d at most", maxTimeline)
	}
	return missing("IotID", r.IotID, "Identifier", r.Identifier)
}

func (r EventTimelineRequest) onWire(*Client) any {
	w := r.TimelineRequest.wire()
	w.EventType = cmp.Or(r.EventType, EventInfo)
	return w
}

func (r TimelineRequest) onWire(*Client) any { return r.wire() }

func (r TimelineRequest) wire() timelineWire {
	return timelineWire{
		IotID: r.IotID, Identifier: r.Identifier, Start: wire.Milli{Time: r.Start}, End: wire.Milli{Time: r.End},
		Limit: cmp.Or(r.Limit, maxTimeline), Order: cmp.Or(r.Order, OldestFirst),
	}
}

// timelineWire is a TimelineRequest as it is sent.
type timelineWire struct {
	IotID      string     `json:"iotId"`
	Identifier string     `json:"identifier"`
	EventType  EventType  `json:"eventType,omitzero"`
	Start      wire.Milli `json:"start"`
	End        wire.Milli `json:"end"`
	Limit      int        `json:"limit"`
	Order      Order      `json:"order"`
}

// PropertyPoint is a value that a property had.
type PropertyPoint struct {
	wire.Kept `json:"-"`
	Value     Value     `json:"value"`
	Time      time.Time `json:"timestamp"`
}

// UnmarshalJSON reads a point under either name of its time.
func (p *PropertyPoint) UnmarshalJSON(data []byte) error {
	data, err := respelt(data, map[string]string{"time": "timestamp", "gmtModified": "timestamp"})
	if err != nil {
		return err
	}
	type plain PropertyPoint // without this method
	return wire.Unmarshal(data, (*plain)(p))
}

// GetPropertyTimeline lists the values a property had.
//
// POST /living/device/property/timeline/get, outside the document.
func (c *Client) GetPropertyTimeline(ctx context.Context, req TimelineRequest) (*Page[PropertyPoint], error) {
	return list[PropertyPoint](ctx, c, "/living/device/property/timeline/get", req)
}
