package dingding

import (
	"context"
	"errors"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Ticket is a work order (工单): an installation or a repair.
type Ticket struct {
	wire.Kept         `json:"-"`
	TicketID          string       `json:"ticket_id"`
	TicketState       TicketState  `json:"ticket_state"`
	ServiceType       TicketType   `json:"service_type"`
	ServiceTarget     TicketTarget `json:"service_target"`
	RelateHome        TicketHome   `json:"relate_home"`
	TicketDescription string       `json:"ticket_description"` // of repairs
	Operator          TicketWorker `json:"operator_1"`         // who handles it
	Installer         TicketWorker `json:"operator_2"`         // who goes there
	Confirm           Visit        `json:"confirm"`            // as agreed: by the installer for an installation, by the operator for a repair
	PublicAuth        bool         `json:"public_auth"`        // not in the document, but seen
}

// TicketHome is the home a ticket is about.
type TicketHome struct {
	HomeID    string          `json:"home_id"`
	HomeAlias string          `json:"home_alias"`
	Name      string          `json:"home_name"`
	UserID    lock.Secret     `json:"user_id"` // the account that owns it: a phone number
	Province  string          `json:"province"`
	City      string          `json:"city"`
	Block     string          `json:"block"`
	Location  string          `json:"location"`
	Region    int             `json:"region"` // not explained
	Rooms     wire.List[Room] `json:"rooms"`
}

// TicketWorker is somebody of the vendor who works on a ticket.
type TicketWorker struct {
	ID    lock.Secret `json:"op_id"` // a phone number
	Name  string      `json:"op_name"`
	Phone lock.Secret `json:"op_phone"`
}

// Visit is when somebody comes, and whom to ask for on site.
type Visit struct {
	Date  time.Time   `json:"date"` // only the day counts; by which zone is not said, China's presumably
	Time  VisitTime   `json:"time"`
	Name  string      `json:"name"` // whom to ask for
	Phone lock.Secret `json:"phone"`
	Note  string      `json:"note"`
}

// visitWire is a Visit as it is sent. The table writes the date as a text, the sample of a ticket
// as a number of milliseconds; the number is what we send, and unproven.
type visitWire struct {
	Date  wire.Milli  `json:"date,omitzero"`
	Time  VisitTime   `json:"time,omitzero"`
	Name  string      `json:"name,omitzero"`
	Phone lock.Secret `json:"phone,omitzero"`
	Note  string      `json:"note,omitzero"`
}

func (v Visit) onWire() visitWire {
	return visitWire{Date: wire.Milli{Time: v.Date}, Time: v.Time, Name: v.Name, Phone: v.Phone, Note: v.Note}
}

// AddTicket orders an installation or a repair.
//
// POST /openapi/v1/add_ticket, §10.1.
func (c *Client) AddTicket(ctx context.Context, req AddTicketRequest) (*AddTicketResponse, error) {
	return post[*AddTicketResponse](ctx, c, "/add_ticket", req)
}

// AddTicketRequest describes the work.
type AddTicketRequest struct {
	HomeID            string
	ServiceTarget     TicketTarget
	ServiceType       TicketType
	RoomIDs           []string // the rooms it is about
	Subscribe         Visit    // Date is for installations
	TicketDescription string   // what is broken; for repairs
}

func (r AddTicketRequest) validate() error {
	switch {
	case r.ServiceTarget == 0 || r.ServiceType == 0:
		return errors.New("set ServiceTarget and ServiceType")
	case len(r.RoomIDs) == 0:
		return errors.New("set RoomIDs to at least one room")
	case r.ServiceType == TicketInstall && r.Subscribe.Date.IsZero():
		return errors.New("set Subscribe.Date: an installation needs a day")
	case r.ServiceType == TicketRepair && r.TicketDescription == "":
		return errors.New("set TicketDescription: a repair needs to say what is broken")
	}
	return missing("HomeID", r.HomeID)
}

func (r AddTicketRequest) onWire(string, codeForm) (any, error) {
	return addTicketWire{
		HomeID: r.HomeID, ServiceTarget: r.ServiceTarget, ServiceType: r.ServiceType, RoomIDs: r.RoomIDs,
		Subscribe: r.Subscribe.onWire(), TicketDescription: r.TicketDescription,
	}, nil
}

type addTicketWire struct {
	HomeID            string       `json:"home_id"`
	ServiceTarget     TicketTarget `json:"service_target"`
	ServiceType       TicketType   `json:"service_type"`
	RoomIDs           []string     `json:"room_ids"`
	Subscribe         visitWire    `json:"subscribe"`
	TicketDescription string       `json:"ticket_description,omitzero"`
}

// AddTicketResponse holds the new ticket's id.
type AddTicketResponse struct {
	Reply
	TicketID string `json:"ticket_id"` // not in the document, but seen; "" = find it with ListHomeTickets
}

// UpdateTicket changes a ticket that nobody has been assigned to yet (待分配).
//
// POST /openapi/v1/update_ticket, §10.2.
func (c *Client) UpdateTicket(ctx context.Context, req UpdateTicketRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/update_ticket", req)
}

// UpdateTicketRequest says what to change.
type UpdateTicketRequest struct {
	TicketID          string
	RoomIDs           []string // all rooms it is about, not only new ones
	TicketDescription string   // "" = unchanged
	Subscribe         *Visit   // nil = unchanged; needed when somebody has to come
}

func (r UpdateTicketRequest) validate() error {
	if len(r.RoomIDs) == 0 {
		return errors.New("set RoomIDs to all rooms the ticket is about")
	}
	return missing("TicketID", r.TicketID)
}

func (r UpdateTicketRequest) onWire(string, codeForm) (any, error) {
	w := updateTicketWire{TicketID: r.TicketID, TicketDescription: r.TicketDescription, RoomIDs: r.RoomIDs}
	if r.Subscribe != nil {
		v := r.Subscribe.onWire()
		w.Subscribe = &v
	}
	return w, nil
}

type updateTicketWire struct {
	TicketID          string     `json:"ticket_id"`
	TicketDescription string     `json:"ticket_description,omitzero"`
	RoomIDs           []string   `json:"room_ids"`
	Subscribe         *visitWire `json:"subscribe,omitzero"`
}

// DeleteTicket deletes a ticket.
//
// POST /openapi/v1/delete_ticket, §10.3.
func (c *Client) DeleteTicket(ctx context.Context, req DeleteTicketRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/delete_ticket", req)
}

// DeleteTicketRequest names the ticket.
type DeleteTicketRequest struct {
	TicketID string `json:"ticket_id"`
}

func (r DeleteTicketRequest) validate() error { return missing("TicketID", r.TicketID) }

// GetTicket asks for one ticket.
//
// GET /openapi/v1/get_ticket_by_id, §10.4.
func (c *Client) GetTicket(ctx context.Context, req GetTicketRequest) (*GetTicketResponse, error) {
	return get[*GetTicketResponse](ctx, c, "/get_ticket_by_id", req)
}

// GetTicketRequest names the ticket.
type GetTicketRequest struct {
	TicketID string `url:"ticket_id"`
}

func (r GetTicketRequest) validate() error { return missing("TicketID", r.TicketID) }

// GetTicketResponse holds the ticket.
type GetTicketResponse struct {
	Reply
	TicketInfo Ticket `json:"ticket_info"`
}

func (r *GetTicketResponse) keep(requestID string, raw []byte) {
	r.Reply.keep(requestID, raw)
	keepMember(raw, "ticket_info", &r.TicketInfo)
}

// ListHomeTickets lists a home's tickets of one type.
//
// GET /openapi/v1/get_ticket_by_home, §10.5.
func (c *Client) ListHomeTickets(ctx context.Context, req ListHomeTicketsRequest) (*ListHomeTicketsResponse, error) {
	return get[*ListHomeTicketsResponse](ctx, c, "/get_ticket_by_home", req)
}

// ListHomeTicketsRequest names the home and the type.
type ListHomeTicketsRequest struct {
	HomeID      string     `url:"home_id"`
	ServiceType TicketType `url:"service_type"`
}

func (r ListHomeTicketsRequest) validate() error {
	if r.ServiceType == 0 {
		return errors.New("set ServiceType: installations and repairs are listed apart")
	}
	return missing("HomeID", r.HomeID)
}

// ListHomeTicketsResponse holds the tickets.
type ListHomeTicketsResponse struct {
	Reply
	HomeTicketList wire.List[Ticket] `json:"home_ticket_list"`
}

// SetTicketState moves a ticket to another state.
//
// POST /openapi/v1/update_ticket_state, §10.6.
func (c *Client) SetTicketState(ctx context.Context, req SetTicketStateRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/update_ticket_state", req)
}

// SetTicketStateRequest names the ticket and its new state.
type SetTicketStateRequest struct {
	TicketID    string      `json:"ticket_id"`
	TicketState TicketState `json:"ticket_state"`
}

func (r SetTicketStateRequest) validate() error {
	if r.TicketState == 0 {
		return errors.New("set TicketState")
	}
	return missing("TicketID", r.TicketID)
}
