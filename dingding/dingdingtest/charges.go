package dingdingtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// credit is prepaid energy, of one meter or of all A4 of a room.
type credit struct {
	charged     decimal.Decimal // in all, kWh
	chargedAt   time.Time
	overdraft   decimal.Decimal
	overdraftAt time.Time
	payment     int64 // 1 prepaid, 2 postpaid
}

const (
	prepaid  = 1
	postpaid = 2
)

// defaultOverdraft is what set_room_pay_type sets when nothing says otherwise, §11.23.
const defaultOverdraft = 10

// charge is a top-up order.
type charge struct {
	trade, serial string
	stage         int
}

// metersOf are the meters that share a credit.
func (s *Server) metersOf(c *credit) []*device {
	return sim.Keep(s.devices, func(d *device) bool { return d.meter != nil && d.meter.credit == c })
}

// left is the credit that is left; below zero inside the overdraft.
func (s *Server) left(c *credit) decimal.Decimal {
	left := c.charged
	for _, d := range s.metersOf(c) {
		left = left.Sub(d.meter.used)
	}
	return left
}

// setPrice is POST elemeter_set_eleprice, §11.15.
func (s *Server) setPrice(f fields) (object, error) {
	if !f.has("room_eleprice") && !f.has("client_eleprice") {
		return nil, refuse(badParameter, "room_eleprice or client_eleprice is required")
	}
	if f.float("room_eleprice").IsNegative() || f.float("client_eleprice").IsNegative() {
		return nil, refuse(badParameter, "a price must not be negative")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	if f.has("room_eleprice") {
		d.place().roomPrice = f.float("room_eleprice")
	}
	if f.has("client_eleprice") {
		s.clientPrice = f.float("client_eleprice")
	}
	return nil, nil
}

// setHomePrice is POST elemeter_set_eleprice_by_home, §11.16.
func (s *Server) setHomePrice(f fields) (object, error) {
	if f.float("eleprice").IsNegative() {
		return nil, refuse(badParameter, "eleprice must not be negative")
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	h.price = f.float("eleprice")
	return nil, nil
}

// setPriceWay is POST elemeter_set_eleprice_way, §11.17.
func (s *Server) setPriceWay(f fields) (object, error) {
	if !f.is("eleprice_way", 1, 2, 3) {
		return nil, refuse(badParameter, "eleprice_way must be 1, 2 or 3")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	d.place().priceWay = f.whole("eleprice_way")
	return nil, nil
}

// getPrice is GET elemeter_get_price_and_way, §11.18. The way is what was set with §11.17,
// although the two sections number it differently.
func (s *Server) getPrice(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	return object{
		"room_eleprice": num(d.place().roomPrice), "client_eleprice": num(s.clientPrice), "eleprice_way": d.place().priceWay,
	}, nil
}

// queryCharge is GET elemeter_charge_query, §11.19.
func (s *Server) queryCharge(f fields) (object, error) {
	trade, serial := f.text("trade_num"), f.text("serial_no")
	if trade == "" && serial == "" {
		return nil, refuse(badParameter, "trade_num or serial_no is required")
	}
	for _, c := range s.charges {
		if trade != "" && c.trade == trade || trade == "" && c.serial == serial {
			return object{"charge_stage": c.stage}, nil
		}
	}
	return nil, refuse(notFound, "no such charge")
}

// chargeEnergy is POST elemeter_charge, in the change log of V2.0.11 only.
func (s *Server) chargeEnergy(f fields) (object, error) { return s.topUp(f, f.float("amount")) }

// chargeFees is POST elemeter_charge_fees, in the change log of V2.0.11 only: eleprice_way is 1 for
// the room's price and 2 for the merchant's; without it the setting of §11.17 decides.
func (s *Server) chargeFees(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	price := map[int64]decimal.Decimal{1: d.home.price, merchantPrice: s.clientPrice, 3: d.place().roomPrice}[d.place().priceWay]
	if f.has("eleprice_way") {
		if !f.is("eleprice_way", 1, merchantPrice) {
			return nil, refuse(badParameter, "eleprice_way must be 1 or 2")
		}
		price = map[int64]decimal.Decimal{1: d.place().roomPrice, merchantPrice: s.clientPrice}[f.whole("eleprice_way")]
	}
	if price.IsZero() {
		return nil, refuse(badParameter, "there is no price to charge by")
	}
	return s.topUp(f, f.float("fees").Div(price).RoundDown(2))
}

func (s *Server) topUp(f fields, amount decimal.Decimal) (object, error) {
	if !amount.IsPositive() {
		return nil, refuse(badParameter, "the amount must be positive")
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	trade := f.text("trade_num")
	if trade != "" && slices.ContainsFunc(s.charges, func(c *charge) bool { return c.trade == trade }) {
		return nil, refuse(duplicate, "trade_num was used before")
	}
	order := &charge{trade: trade, serial: fmt.Sprintf("SN%010d", s.number()), stage: stageRunning}
	s.charges = append(s.charges, order)
	s.note(d, "20100", "", f)
	c := d.meter.credit
	reply := s.meterCommand([]*device{d}, meterCharge, func(*device) {
		s.makePrepaid(c)
		c.charged, c.chargedAt = c.charged.Add(amount), s.now()
		d.meter.charges = append(d.meter.charges, creditEntry{d, s.now(), amount, c.charged})
		s.closeIfPaid(c)
	}, func(result int) pairs {
		order.stage = stageDone
		if result != done {
			order.stage = stageFailed
		}
		return pairs{{"amount", num(amount)}, {"total_amount", num(c.charged)}}
	})
	reply["serial_no"] = order.serial
	return reply, nil
}

// resetCharge is POST elemeter_charge_reset, §11.20. It makes a postpaid meter prepaid, §11.23.
func (s *Server) resetCharge(f fields) (object, error) {
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	c := d.meter.credit
	s.work(func() {
		c.payment = prepaid
		s.clearCredit(c)
		s.tripIfSpent(c)
	})
	return nil, nil
}

// setPayType is POST set_room_pay_type, §11.23.
func (s *Server) setPayType(f fields) (object, error) {
	if !f.is("pay_type", prepaid, postpaid) {
		return nil, refuse(badParameter, "pay_type must be 1 or 2")
	}
	overdraft := decimal.NewFromInt(defaultOverdraft)
	if f.has("overdraft") {
		if overdraft = decimal.NewFromInt(f.whole("overdraft")); !overdraft.IsPositive() {
			return nil, refuse(badParameter, "overdraft must be positive")
		}
	}
	d, err := s.meterAt(f)
	if err != nil {
		return nil, err
	}
	c := d.meter.credit
	s.work(func() {
		c.overdraft, c.overdraftAt = overdraft, s.now()
		s.makePrepaid(c)
		if f.is("pay_type", postpaid) {
			c.payment, c.overdraft = postpaid, decimal.Zero
			s.clearCredit(c)
		}
	})
	return nil, nil
}

// makePrepaid ends postpaid; what was used until then is not counted against the credit.
func (s *Server) makePrepaid(c *credit) {
	if c.payment == postpaid {
		c.payment = prepaid
		s.clearCredit(c)
	}
}

// clearCredit leaves no credit, and no debt.
func (s *Server) clearCredit(c *credit) {
	c.charged, c.chargedAt = c.charged.Sub(s.left(c)), s.now()
}

// tripIfSpent opens the breakers of meters that have used up credit and overdraft.
func (s *Server) tripIfSpent(c *credit) {
	if c.payment != prepaid || s.left(c).Add(c.overdraft).IsPositive() {
		return
	}
	for _, d := range s.metersOf(c) {
		if !d.meter.on {
			continue
		}
		s.turn(d, false)
		d.meter.spent = true
		used := d.meter.used
		s.tell(d, func() {
			s.except(d, creditExhausted)
			s.event(d, "elemeterOvercomeAmount", pairs{{"amount", num(used)}})
		})
	}
}

// closeIfPaid closes breakers that had opened for want of credit. The document does not say who
// does that.
func (s *Server) closeIfPaid(c *credit) {
	if !s.left(c).Add(c.overdraft).IsPositive() {
		return
	}
	for _, d := range s.metersOf(c) {
		if d.meter.spent {
			s.turn(d, true)
		}
	}
}
