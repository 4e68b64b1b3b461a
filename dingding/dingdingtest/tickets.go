package dingdingtest

import (
	"fmt"
	"slices"

	"github.com/smartlock-sdk/smartlock/internal/sim"
)

// ticket is a work order (工单).
type ticket struct {
	id              string
	state           int64
	service, target int64
	home            *home
	rooms           []*room
	note            string // ticket_description, of a repair
	visit           fields // subscribe
	assigned        bool
}

// States of a ticket.
const (
	ticketUnassigned = 2 // 待分配
	ticketAssigned   = 3
	ticketDone       = 4
	ticketClosed     = 5
)

const repair = 2 // service_type 售后维修; 1 is 预约安装

// addTicket is POST add_ticket, §10.1.
func (s *Server) addTicket(f fields) (object, error) {
	if !f.is("service_target", 1, 2, 3) {
		return nil, refuse(badParameter, "service_target must be 1, 2 or 3")
	}
	if !f.is("service_type", 1, repair) {
		return nil, refuse(badParameter, "service_type must be 1 or 2")
	}
	if f.is("service_type", repair) && f.text("ticket_description") == "" {
		return nil, refuse(badParameter, "ticket_description is required for a repair")
	}
	if err := checkVisit(f.inner("subscribe"), f.whole("service_type")); err != nil {
		return nil, err
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	rooms, err := s.roomsIn(h, f)
	if err != nil {
		return nil, err
	}
	t := &ticket{
		id: fmt.Sprintf("%s_%05d", s.now().UTC().Format("20060102"), s.number()), state: ticketUnassigned,
		service: f.whole("service_type"), target: f.whole("service_target"),
		home: h, rooms: rooms, note: f.text("ticket_description"), visit: f.inner("subscribe"),
	}
	s.tickets = append(s.tickets, t)
	return object{"ticket_id": t.id}, nil
}

// checkVisit checks an appointment: 100 to 103 stand for a part of the day; a repair needs no date.
func checkVisit(visit fields, service int64) error {
	if service != repair && !visit.has("date") {
		return refuse(badParameter, "subscribe.date is required")
	}
	for _, name := range []string{"time", "name", "phone"} {
		if visit.text(name) == "" {
			return refuse(badParameter, "subscribe.%s is required", name)
		}
	}
	return nil
}

// updateTicket is POST update_ticket, §10.2: 只有待分配的工单可以修改.
func (s *Server) updateTicket(f fields) (object, error) {
	t, err := s.ticket(f.text("ticket_id"))
	if err != nil {
		return nil, err
	}
	if t.state != ticketUnassigned {
		return nil, refuse(notAllowed, "only a ticket that waits to be assigned can be changed")
	}
	if f.has("subscribe") {
		if err := checkVisit(f.inner("subscribe"), t.service); err != nil {
			return nil, err
		}
	}
	rooms, err := s.roomsIn(t.home, f)
	if err != nil {
		return nil, err
	}
	t.rooms = rooms
	if f.has("subscribe") {
		t.visit = f.inner("subscribe")
	}
	if f.has("ticket_description") {
		t.note = f.text("ticket_description")
	}
	return nil, nil
}

// deleteTicket is POST delete_ticket, §10.3.
func (s *Server) deleteTicket(f fields) (object, error) {
	t, err := s.ticket(f.text("ticket_id"))
	if err != nil {
		return nil, err
	}
	s.tickets = slices.DeleteFunc(s.tickets, func(other *ticket) bool { return other == t })
	return nil, nil
}

// getTicket is GET get_ticket_by_id, §10.4.
func (s *Server) getTicket(f fields) (object, error) {
	t, err := s.ticket(f.text("ticket_id"))
	if err != nil {
		return nil, err
	}
	return object{"ticket_info": t.wire()}, nil
}

// getHomeTickets is GET get_ticket_by_home, §10.5.
func (s *Server) getHomeTickets(f fields) (object, error) {
	if !f.is("service_type", 1, repair) {
		return nil, refuse(badParameter, "service_type must be 1 or 2")
	}
	h, err := s.home(f.text("home_id"))
	if err != nil {
		return nil, err
	}
	found := sim.Keep(s.tickets, func(t *ticket) bool { return t.home == h && f.is("service_type", t.service) })
	return object{"home_ticket_list": sim.Each(newest(found), (*ticket).wire)}, nil
}

// updateTicketState is POST update_ticket_state, §10.6. The document gives no rule for what may
// follow what; here a closed ticket stays closed and a done one can only be closed.
func (s *Server) updateTicketState(f fields) (object, error) {
	if !f.is("ticket_state", 1, ticketUnassigned, ticketAssigned, ticketDone, ticketClosed) {
		return nil, refuse(badParameter, "ticket_state must be 1 to 5")
	}
	t, err := s.ticket(f.text("ticket_id"))
	if err != nil {
		return nil, err
	}
	state := f.whole("ticket_state")
	if t.state == ticketClosed || t.state == ticketDone && state != ticketClosed {
		return nil, refuse(notAllowed, "a ticket cannot go from state %d to %d", t.state, state)
	}
	t.state = state
	t.assigned = t.assigned || state == ticketAssigned
	return nil, nil
}

func (s *Server) ticket(id string) (*ticket, error) {
	for _, t := range s.tickets {
		if t.id == id {
			return t, nil
		}
	}
	return nil, refuse(notFound, "no ticket %q", id)
}

func (t *ticket) wire() object {
	h := t.home
	o := object{
		"ticket_id": t.id, "ticket_state": t.state, "service_type": t.service, "service_target": t.target,
		"relate_home": object{
			"home_id": h.id, "home_alias": h.id, "home_name": h.name, "user_id": userID,
			"province": h.province, "city": h.city, "block": h.estate, "location": h.location, "region": 99,
			"rooms": sim.Each(t.rooms, func(r *room) object { return object{"room_id": r.id, "room_name": r.name} }),
		},
		"confirm": object{
			"name": t.visit.text("name"), "phone": t.visit.text("phone"), "date": t.visit.whole("date"),
			"time": t.visit.text("time"), "note": t.visit.text("note"),
		},
	}
	if t.service == repair {
		o["ticket_description"] = t.note
	}
	if t.assigned {
		o["operator_1"] = object{"op_id": "18518677998", "op_name": "xiaocun", "op_phone": "18518677998"}
		o["operator_2"] = object{"op_id": "18700154887", "op_name": "installer", "op_phone": "18700154887"}
	}
	return o
}

// AssignTicket is the vendor's staff sending an installer. It panics if there is no such ticket.
func (s *Server) AssignTicket(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := must(s.ticket(id))
	t.state, t.assigned = ticketAssigned, true
}

// FinishTicket is the installer handing the work in (installerSubmit). It panics if there is no
// such ticket.
func (s *Server) FinishTicket(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := must(s.ticket(id))
	t.state = ticketDone
	t.home.installed = installed
	for _, r := range t.rooms {
		r.installed = installed
	}
	s.send("installerSubmit", false, pairs{
		{"home_id", t.home.id}, {"room_id", ""}, {"uuid", ""},
		{"detail", pairs{{"sp_state", t.home.state}, {"origin_state", 11}, {"to_state", 3}, {"public_auth", true}}},
		{"time", milli(s.now())}, {"center_uuid", nil}, {"elecollector_uuid", nil},
		{"ticket_id", t.id}, {"nickname", ""}, {"manufactory", nil}, {"event", "installerSubmit"},
	})
}
