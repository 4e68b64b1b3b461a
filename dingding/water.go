package dingding

import (
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// WaterDevice is what water meters and their gateways have in common.
type WaterDevice struct {
	UUID        string      `json:"uuid"`
	UserID      lock.Secret `json:"user_id"` // the account that owns it
	Parent      string      `json:"parent"`  // uuid of the gateway; a gateway names itself
	Manufactory string      `json:"manufactory"`
	Type        string      `json:"type"`    // "gateway", "watermeter"
	Removed     int         `json:"removed"` // 2 in the samples, of devices in use; not explained
	Onoff       LineState   `json:"onoff"`
	HomeID      string      `json:"home_id"`
	RoomID      string      `json:"room_id"`
	BindTime    time.Time   `json:"bind_time"`
	Created     time.Time   `json:"ctime"`
	Modified    time.Time   `json:"mtime"`
}

// WaterGateway connects water meters (水表网关).
type WaterGateway struct {
	wire.Kept `json:"-"`
	WaterDevice
}

// WaterMeter is a water meter (水表).
type WaterMeter struct {
	wire.Kept `json:"-"`
	WaterDevice
	CheckTime int       `json:"check_time"` // minute of every hour at which it is read
	MeterType WaterType `json:"meter_type"`
}

// GetWaterGateway asks for one gateway of water meters.
//
// GET /openapi/v1/get_water_gateway_info, §15.1.
func (c *Client) GetWaterGateway(ctx context.Context, req GetWaterGatewayRequest) (*GetWaterGatewayResponse, error) {
	return get[*GetWaterGatewayResponse](ctx, c, "/get_water_gateway_info", req)
}

// GetWaterGatewayRequest names the gateway.
type GetWaterGatewayRequest struct {
	UUID string `url:"uuid"`
}

func (r GetWaterGatewayRequest) validate() error { return missing("UUID", r.UUID) }

// GetWaterGatewayResponse holds the gateway.
type GetWaterGatewayResponse struct {
	Reply
	Info WaterGateway `json:"info"`
}

func (r *GetWaterGatewayResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	keepMember(raw, "info", &r.Info)
}

// WaterMeterID names a water meter.
type WaterMeterID struct {
	UUID        string `url:"uuid"`
	Manufactory string `url:"manufactory"` // "" = the client's, see WithManufacturer
}

func (id WaterMeterID) validate() error { return missing("UUID", id.UUID) }

// madeBy fills in the manufacturer.
func (id WaterMeterID) madeBy(name string) WaterMeterID {
	if id.Manufactory == "" {
		id.Manufactory = name
	}
	return id
}

// GetWaterMeter asks for one water meter. Its reading is not in it: see ListWaterReadings.
//
// GET /openapi/v1/get_watermeter_info, §15.2.
func (c *Client) GetWaterMeter(ctx context.Context, req WaterMeterID) (*GetWaterMeterResponse, error) {
	return get[*GetWaterMeterResponse](ctx, c, "/get_watermeter_info", req.madeBy(c.set.manufacturer))
}

// GetWaterMeterResponse holds the meter.
type GetWaterMeterResponse struct {
	Reply
	Info WaterMeter `json:"info"`
}

func (r *GetWaterMeterResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	keepMember(raw, "info", &r.Info)
}

// ReadWaterMeter has the meter read (抄表). It is a GET that changes something, so it is never
// repeated. Ask GetWaterReadingState whether it is done and ListWaterReadings for the reading; a
// callback (watermeterAmountAsync) brings it too.
//
// GET /openapi/v1/read_watermeter, §15.3.
func (c *Client) ReadWaterMeter(ctx context.Context, req WaterMeterID) (*Accepted, error) {
	return getChange[*Accepted](ctx, c, "/read_watermeter", req.madeBy(c.set.manufacturer))
}

// GetWaterReadingState asks how far the reading started last has come.
//
// GET /openapi/v1/read_watermeter_status, §15.4.
func (c *Client) GetWaterReadingState(ctx context.Context, req WaterMeterID) (*GetWaterReadingStateResponse, error) {
	return get[*GetWaterReadingStateResponse](ctx, c, "/read_watermeter_status", req.madeBy(c.set.manufacturer))
}

// GetWaterReadingStateResponse holds the state.
type GetWaterReadingStateResponse struct {
	Reply
	Reading WaterReadingState `json:"reading"`
}

// WaterReading is one reading of a water meter.
type WaterReading struct {
	wire.Kept    `json:"-"`
	Type         WaterType       `json:"type"`
	UUID         string          `json:"uuid"`
	Manufactory  string          `json:"manufactory"`
	DeviceAmount decimal.Decimal `json:"device_amount"` // what the meter shows; the document names no unit, m³ presumably
	RoomAmount   decimal.Decimal `json:"room_amount"`   // what the room has used in all
	Time         time.Time       `json:"ctime"`         // when the vendor recorded it
}

// WaterReadingsRequest names a meter by UUID and Manufactory, or a room's meters by RoomID and
// Type; a time, in milliseconds; and a page of 10 unless Count says otherwise.
type WaterReadingsRequest struct {
	UUID        string    `url:"uuid,omitempty"`
	Manufactory string    `url:"manufactory,omitempty"` // "" = the client's, see WithManufacturer
	RoomID      string    `url:"room_id,omitempty"`
	Type        WaterType `url:"type,omitempty"`
	Paging
	Begin time.Time `url:"begin,omitempty,unixmilli"`
	End   time.Time `url:"end,omitempty,unixmilli"`
}

func (r WaterReadingsRequest) validate() error {
	byRoom := r.RoomID != "" || r.Type != 0
	switch {
	case r.UUID != "" && byRoom, r.UUID == "" && (r.RoomID == "" || r.Type == 0):
		return errors.New("set either UUID (of the meter), or RoomID and Type")
	case r.UUID == "" && r.Manufactory != "":
		return errors.New("leave Manufactory empty: it belongs to UUID")
	}
	return first(r.Paging.validate(), ordered(r.Begin, r.End))
}

// madeBy fills in the manufacturer of a single meter.
func (r WaterReadingsRequest) madeBy(name string) WaterReadingsRequest {
	if r.UUID != "" && r.Manufactory == "" {
		r.Manufactory = name
	}
	return r
}

func (r WaterReadingsRequest) onWire(string, codeForm) (any, error) {
	return waterReadingsWire{
		UUID: r.UUID, Manufactory: r.Manufactory, RoomID: r.RoomID, Type: r.Type, Paging: r.Paging,
		Begin: wire.Milli{Time: r.Begin}, End: wire.Milli{Time: r.End},
	}, nil
}

type waterReadingsWire struct {
	UUID        string    `json:"uuid,omitzero"`
	Manufactory string    `json:"manufactory,omitzero"`
	RoomID      string    `json:"room_id,omitzero"`
	Type        WaterType `json:"type,omitzero"`
	Paging
	Begin wire.Milli `json:"begin,omitzero"`
	End   wire.Milli `json:"end,omitzero"`
}

// ListWaterReadings lists readings (抄表历史), the newest first in the document's sample.
//
// GET /openapi/v1/get_meter_record, §15.5.
func (c *Client) ListWaterReadings(ctx context.Context, req WaterReadingsRequest) (*ListWaterReadingsResponse, error) {
	return get[*ListWaterReadingsResponse](ctx, c, "/get_meter_record", req.madeBy(c.set.manufacturer))
}

// ListWaterReadingsResponse holds one page.
type ListWaterReadingsResponse struct {
	Reply
	Records wire.List[WaterReading] `json:"records"`
}

// CountWaterReadings counts what ListWaterReadings would list in all its pages. The document has
// it as a POST among GETs: see WithMethod.
//
// POST /openapi/v1/count_meter_record, §15.6.
func (c *Client) CountWaterReadings(ctx context.Context, req WaterReadingsRequest) (*CountResponse, error) {
	return postRead[*CountResponse](ctx, c, "/count_meter_record", req.madeBy(c.set.manufacturer))
}
