package lock

import (
	"time"

	"github.com/shopspring/decimal"
)

// MeterKind says what a meter measures.
type MeterKind string

// The kinds of meter.
const (
	Electricity MeterKind = "electricity"
	ColdWater   MeterKind = "cold_water"
	HotWater    MeterKind = "hot_water"
)

// Unit is a unit of measurement.
type Unit string

// The units.
const (
	KilowattHour Unit = "kWh"
	CubicMetre   Unit = "m³"
)

// PayMode says whether a meter is paid before or after use; "" = unknown.
type PayMode string

// The modes.
const (
	Prepaid  PayMode = "prepaid"
	Postpaid PayMode = "postpaid"
)

// Meter is an electricity or water meter. A nil pointer means that the vendor does not know.
type Meter struct {
	ID        DeviceID
	Name      string
	Kind      MeterKind
	Home      HomeID
	Room      RoomID   // "" for a meter that serves the whole home
	Gateway   DeviceID // gateway or collector it is read through
	Serial    string
	Model     string
	Online    *bool
	On        *bool            // the breaker is closed: power flows
	ForcedOff *bool            // kept off by the operator, whatever the credit
	Total     *decimal.Decimal // the meter's counter, in Unit
	TotalAt   time.Time        // when Total was read
	Left      *decimal.Decimal // prepaid credit left, in Unit; negative inside an overdraft
	LeftAt    time.Time        // when Left was computed
	Overdraft *decimal.Decimal // how far credit may fall below zero, in Unit
	MaxPower  *decimal.Decimal // kW above which the breaker trips
	Price     *decimal.Decimal // yuan per Unit, or the vendor's currency
	PayMode   PayMode
	Unit      Unit
	Native
}

// MeterQuery narrows a list of meters; an empty field does not narrow.
type MeterQuery struct {
	Home HomeID
	Room RoomID
	Kind MeterKind
}

// Reading is what a meter showed.
type Reading struct {
	Device DeviceID
	At     time.Time        // when the meter was read, not when the vendor told us
	Total  decimal.Decimal  // the counter, in Unit
	Left   *decimal.Decimal // prepaid credit left, in Unit; nil when the meter is postpaid or does not say
	Unit   Unit
	Native
}

// Consumption is what was used in a time.
type Consumption struct {
	Device  DeviceID
	Asked   Window          // what was asked for
	Covered Window          // the vendor's records nearest to it; bill by this one
	Amount  decimal.Decimal // in Unit
	Unit    Unit
	Native
}

// TopUp adds prepaid credit to a meter: an amount of energy or a sum of money, not both.
type TopUp struct {
	Order  string          // the caller's own number; charged at most once
	Amount decimal.Decimal // in the meter's Unit; zero when Fee is set
	Fee    decimal.Decimal // money, turned into energy at the meter's price; zero when Amount is set
}

// ReceiptState is how far a top-up has come.
type ReceiptState string

// The states of a top-up.
const (
	TopUpPending   ReceiptState = "pending"
	TopUpSucceeded ReceiptState = "succeeded"
	TopUpFailed    ReceiptState = "failed"
)

// Receipt is the vendor's answer to a top-up.
type Receipt struct {
	Order  string // the caller's number
	Serial string // the vendor's number, "" if it gives none
	Device DeviceID
	State  ReceiptState
	Amount *decimal.Decimal // credited energy; nil = the vendor does not say
	Total  *decimal.Decimal // energy credited since installation; nil = the vendor does not say
	At     time.Time        // zero = the vendor does not say
	Native
}

// MeterSettings says what to change in a meter; nil and "" stay as they are.
type MeterSettings struct {
	Overdraft *decimal.Decimal // in the meter's Unit, not negative
	MaxPower  *decimal.Decimal // kW
	Price     *decimal.Decimal // per Unit
	PayMode   PayMode
	ForcedOff *bool // keep the breaker open whatever the credit, or end that
}
