package tuya

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// ticketReserve is the time a ticket must have left to be used once more.
const ticketReserve = 30 * time.Second

// tickets are the tickets for codes, by lock. One serves until it is nearly used up, which saves a
// call for every password; the cloud itself hands out tickets that are in use already.
type tickets struct {
	c    *Client
	mu   sync.Mutex
	held map[lock.DeviceID]heldTicket
}

type heldTicket struct {
	Ticket
	until time.Time
}

func newTickets(c *Client) *tickets { return &tickets{c: c, held: map[lock.DeviceID]heldTicket{}} }

// seal encrypts a code and says whether the ticket was asked for just now.
func (t *tickets) seal(ctx context.Context, device lock.DeviceID, code lock.Secret) (s SealedCode, fresh bool, err error) {
	ticket, fresh, err := t.get(ctx, device)
	if err != nil {
		return SealedCode{}, fresh, err
	}
	sealed, err := seal(code, ticket.TicketKey, t.c.secret)
	if err != nil {
		return SealedCode{}, fresh, t.c.rest.Error(ctx, "", lock.ErrInvalidArgument, err)
	}
	return SealedCode{Password: sealed, TicketID: ticket.TicketID}, fresh, nil
}

// get returns a ticket that is good for a while, unless a new one is not.
func (t *tickets) get(ctx context.Context, device lock.DeviceID) (held Ticket, fresh bool, err error) {
	asked := t.c.cfg.Clock.Now()
	t.mu.Lock()
	h, ok := t.held[device]
	t.mu.Unlock()
	if ok && asked.Add(ticketReserve).Before(h.until) {
		return h.Ticket, false, nil
	}
	a, err := t.c.GetPasswordTicket(ctx, device)
	if err != nil {
		return Ticket{}, true, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, old := range t.held {
		if old.until.Before(asked) {
			delete(t.held, id)
		}
	}
	t.held[device] = heldTicket{a.Result, asked.Add(time.Duration(a.Result.ExpireTime) * time.Second)}
	return a.Result, true, nil
}

// drop forgets a ticket that was refused.
func (t *tickets) drop(device lock.DeviceID, id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held[device].TicketID == id {
		delete(t.held, device)
	}
}

// sealed makes a call with a code. A call that is refused as wrongly encrypted, with a ticket that
// was used before, is made once more with a new one: nothing was done.
func (t *tickets) sealed(ctx context.Context, device lock.DeviceID, code lock.Secret, call func(SealedCode) error) error {
	for {
		s, fresh, err := t.seal(ctx, device, code)
		if err != nil {
			return err
		}
		err = call(s)
		if err == nil || !illEncrypted(err) {
			return err
		}
		t.drop(device, s.TicketID)
		if fresh {
			return err
		}
	}
}

// illEncrypted reports whether the vendor has refused a code for how it was encrypted, among other
// things the same number stands for.
func illEncrypted(err error) bool {
	e, ok := errors.AsType[*lock.Error](err)
	return ok && (e.Code == strconv.Itoa(codeParameter) || e.Code == strconv.Itoa(codeEncryption))
}
