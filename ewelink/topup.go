package ewelink

import (
	"context"
	"log/slog"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/lock"
)

// The breaker counts what it is told and knows no order numbers, so they are written down beside it:
// in a tag of the device, which the cloud keeps for every program of the account. An order is written
// down before it is charged, so a crash in between leaves it begun, and it is not charged again.

// topUpTag begins the tag of an order.
const topUpTag = "topup_"

// How far an order has come.
const (
	topUpBegun   = "begun" // it may have been charged
	topUpDone    = "done"
	topUpRefused = "refused" // it was not charged, and may be tried again
)

// topUpEntry is an order as its tag has it.
type topUpEntry struct {
	KWh   decimal.Decimal `json:"kwh"`
	State string          `json:"state"`
	At    int64           `json:"at"` // when it was begun, in Unix milliseconds
}

// entryOf reads an order's tag.
func entryOf(t *Thing, order string) (topUpEntry, bool) {
	var e topUpEntry
	return e, t.ItemData.Tags.Get(topUpTag+order, &e) && e.State != ""
}

// receipt is an order as a caller sees it.
func (e topUpEntry) receipt(t *Thing, order string) lock.Receipt {
	r := lock.Receipt{
		Order: order, Device: lock.DeviceID(t.ItemData.DeviceID), Amount: &e.KWh, At: time.UnixMilli(e.At),
		State: lock.TopUpPending, Native: lock.NewNative(t.Raw(), t),
	}
	switch e.State {
	case topUpDone:
		r.State = lock.TopUpSucceeded
	case topUpRefused:
		r.State = lock.TopUpFailed
	}
	return r
}

// TopUp adds whole kWh to the credit of a breaker. The order is written down in a tag of the device
// first, which is what keeps it from being charged twice: two programs that begin one order within the
// same second do not see each other's. An order whose end is unknown is lock.ErrOutcomeUnknown from
// then on: compare the credit, and use another number if it has to be charged. Orders are looked for
// at the meter they were made for.
func (m meters) TopUp(ctx context.Context, id lock.DeviceID, t lock.TopUp) (*lock.Operation[lock.Receipt], error) {
	ctx = lock.WithOp(ctx, lock.TopUpMeter)
	c := m.c
	if err := t.Validate(); err != nil {
		return nil, c.error(ctx, "", lock.ErrInvalidArgument, err)
	}
	switch {
	case !t.Fee.IsZero():
		return nil, lock.About(string(id), lock.UnsupportedError(Vendor, lock.TopUpMeter, "the vendor knows no prices: say an Amount"))
	case !t.Amount.IsInteger() || t.Amount.GreaterThan(decimal.NewFromInt(mostRecharge)):
		return nil, invalid(lock.TopUpMeter, "a breaker takes whole kWh, %d at most at once", mostRecharge)
	}
	select { // one at a time, so that the same order is not begun twice
	case c.topUps <- struct{}{}:
		defer func() { <-c.topUps }()
	case <-ctx.Done():
		return nil, c.error(ctx, "", lock.ErrInterrupted, ctx.Err())
	}
	thing, _, err := m.meter(ctx, id)
	if err != nil {
		return nil, err
	}
	if thing.ItemData.Extra.UIID != uiidBreaker {
		return nil, lock.About(string(id), lock.UnsupportedError(Vendor, lock.TopUpMeter, "the device cannot be paid in advance"))
	}
	entry, known := entryOf(thing, t.Order)
	switch {
	case known && entry.State == topUpDone:
		return lock.Done(entry.receipt(thing, t.Order)), nil
	case known && entry.State == topUpBegun:
		e := c.error(ctx, "", lock.ErrOutcomeUnknown, nil)
		e.Target, e.Message = t.Order, "the order was begun before and may have been charged: compare the credit of the meter"
		return nil, e
	}
	entry = topUpEntry{KWh: t.Amount, State: topUpBegun, At: c.cfg.Clock.Now().UnixMilli()}
	if err := c.note(ctx, thing, t.Order, entry); err != nil {
		return nil, lock.About(string(id), err)
	}
	_, err = c.control(ctx, thing.ItemData, recharge(int(t.Amount.IntPart())))
	switch {
	case err == nil:
		entry.State = topUpDone
	case uncharged(err):
		entry.State = topUpRefused
	default:
		return nil, lock.About(string(id), err)
	}
	if lost := c.note(ctx, thing, t.Order, entry); lost != nil { // it stays begun, and is not charged again
		c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "the end of a top-up was not written down", slog.String("vendor", string(Vendor)),
			slog.String("device", thing.ItemData.DeviceID), slog.String("order", t.Order), slog.String("error", lost.Error()))
	}
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(entry.receipt(thing, t.Order)), nil
}

// note writes an order down.
func (c *Client) note(ctx context.Context, t *Thing, order string, e topUpEntry) error {
	_, err := c.UpdateTags(ctx, UpdateTagsRequest{DeviceID: t.ItemData.DeviceID, Type: TagsMerge, Tags: map[string]topUpEntry{topUpTag + order: e}})
	return err
}

// uncharged reports whether an error proves that the device has not acted.
func uncharged(err error) bool {
	switch lock.KindOf(err) {
	case lock.ErrOutcomeUnknown, lock.ErrDeviceTimeout, lock.ErrVendorUnavailable, lock.ErrProtocol, lock.ErrTooLarge, "":
		return false
	}
	return true
}

// TopUpStatus looks for the order among the tags of all breakers.
func (m meters) TopUpStatus(ctx context.Context, order string) (lock.Receipt, error) {
	ctx = lock.WithOp(ctx, lock.TopUpMeterStatus)
	if order == "" {
		return lock.Receipt{}, invalid(lock.TopUpMeterStatus, "the order number is empty")
	}
	for t, err := range m.c.devices(ctx, "") {
		if err != nil {
			return lock.Receipt{}, err
		}
		if t.ItemData.Extra.UIID != uiidBreaker {
			continue
		}
		if entry, known := entryOf(t, order); known {
			return entry.receipt(t, order), nil
		}
	}
	return lock.Receipt{}, notFound(lock.TopUpMeterStatus, order, "no breaker of the account knows this order")
}
