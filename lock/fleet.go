package lock

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/sync/errgroup"
)

// FleetVendor is the vendor of a Fleet, in the errors that are its own.
const FleetVendor Vendor = "fleet"

// Member is one provider of a Fleet.
type Member struct {
	// Name stands in front of every id of this member, so choose it once and keep it: letters,
	// digits, "-", "_" and ".", up to 64, beginning with a letter or digit.
	Name     string
	Provider Provider
}

// Fleet is several providers as one: accounts at different vendors, or at the same one. What is
// written against Provider works with it.
//
// Every id in it is "member:local": of homes, rooms, devices, keys, passwords, events, operations,
// and of persons. See MemberID. An id of no member is ErrNotFound. Order numbers of top-ups are
// the caller's own and stay as they are; let them be unique in the fleet.
//
//   - What concerns one device, home or operation goes to its member. A new home says where with
//     its HomeSpec.ID: "member:local", or "member:" where the vendor chooses the id. Other new ids
//     carry their member as well. The ID of a Person who goes in may also be one that no member's
//     name stands in front of: it is handed on as it is.
//   - Lists ask all members at once, sixteen at a time, and yield what arrives as it arrives; Events
//     alone keep their order, and for that they wait for every member. What a member cannot list
//     at all is left out. When a member fails, the others' items still come; the last pair is then
//     an error that joins one *MemberError for each that failed.
//   - Supports says what at least one member can, SupportsOn what a certain one can.
//   - Every error of a member is a *MemberError around the member's own, whose ids are local.
//
// A Fleet has no state and starts nothing. It may be a member of another one.
type Fleet struct {
	members []*member
	byName  map[string]*member
}

var _ Provider = (*Fleet)(nil)

// member is a Member at work: it turns local ids into those of the fleet and back.
type member struct {
	Member
	fleet *Fleet
}

// fleetConcurrency bounds how many members a list or a Check asks at a time.
const fleetConcurrency = 16

var memberName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// NewFleet puts providers side by side. A fleet without members, a name that is not allowed or
// there twice, and a member without a provider are errors. It makes no call.
func NewFleet(members ...Member) (*Fleet, error) {
	f := &Fleet{byName: make(map[string]*member, len(members))}
	var wrong []error
	say := func(format string, args ...any) {
		wrong = append(wrong, InvalidArgument(FleetVendor, "", format, args...))
	}
	if len(members) == 0 {
		say("a fleet needs a member")
	}
	for i, m := range members {
		switch {
		case !memberName.MatchString(m.Name):
			say("member %d: %q is no name: use letters, digits, \"-\", \"_\" and \".\", up to 64, a letter or digit first", i+1, m.Name)
		case f.byName[m.Name] != nil:
			say("member %d: there is another member called %q", i+1, m.Name)
		case m.Provider == nil:
			say("member %d, %q, has no provider", i+1, m.Name)
		default:
			made := &member{Member: m, fleet: f}
			f.members = append(f.members, made)
			f.byName[m.Name] = made
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return f, nil
}

// MemberID is the id that a member's local id has in a fleet: "member:local". Any text can be a
// local id.
func MemberID[ID ~string](member string, local ID) ID { return ID(member) + ":" + local }

// SplitMemberID takes an id of a fleet apart: of a device, a home, an event, an operation. ok is
// false for what is no such id.
func SplitMemberID[ID ~string](id ID) (member string, local ID, ok bool) {
	name, rest, ok := strings.Cut(string(id), ":")
	if !ok || !memberName.MatchString(name) {
		return "", "", false
	}
	return name, ID(rest), true
}

// MemberError says which member of a Fleet failed. errors.Is and errors.As find the member's own
// error in it, whose ids are those of the member.
type MemberError struct {
	Member string
	Err    error
}

// Error names the member.
func (e *MemberError) Error() string { return e.Member + ": " + e.Err.Error() }

// Unwrap returns the member's own error.
func (e *MemberError) Unwrap() error { return e.Err }

// MemberErrors lists the members that an error of a Fleet is about, in their order in the fleet.
func MemberErrors(err error) []*MemberError {
	if m, ok := err.(*MemberError); ok {
		return []*MemberError{m}
	}
	var list []*MemberError
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		list = MemberErrors(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			list = append(list, MemberErrors(part)...)
		}
	}
	return list
}

// Members lists the members, in the order given to NewFleet.
func (f *Fleet) Members() []Member {
	list := make([]Member, len(f.members))
	for i, m := range f.members {
		list[i] = m.Member
	}
	return list
}

// Member returns the provider of a member. It speaks of things by their local ids.
func (f *Fleet) Member(name string) (Provider, bool) {
	m, ok := f.byName[name]
	if !ok {
		return nil, false
	}
	return m.Provider, true
}

// Vendor is FleetVendor. Events say the vendor they come from.
func (f *Fleet) Vendor() Vendor { return FleetVendor }

// Supports reports whether at least one member can do op. Another may answer ErrUnsupported.
func (f *Fleet) Supports(op Op) bool {
	for _, m := range f.members {
		if m.Provider.Supports(op) {
			return true
		}
	}
	return false
}

// SupportsOn reports whether the member that an id belongs to can do op. The id may be that of
// anything in the fleet, or the member's name followed by ":".
//
//	if fleet.SupportsOn(string(door), lock.FreezePassword) { … }
func (f *Fleet) SupportsOn(id string, op Op) bool {
	name, _, ok := SplitMemberID(id)
	m := f.byName[name]
	return ok && m != nil && m.Provider.Supports(op)
}

// Check checks all members at once. The error joins one *MemberError for each that failed.
func (f *Fleet) Check(ctx context.Context) error {
	errs := make([]error, len(f.members))
	var g errgroup.Group
	g.SetLimit(fleetConcurrency)
	for i, m := range f.members {
		g.Go(func() error {
			errs[i] = m.failed(m.Provider.Check(ctx))
			return nil
		})
	}
	_ = g.Wait() // the functions report through errs
	return errors.Join(errs...)
}

// Homes are the homes of all members.
func (f *Fleet) Homes() Homes { return fleetHomes{f} }

// Locks are the doors of all members.
func (f *Fleet) Locks() Locks { return fleetLocks{f} }

// Keys are the keys of all members.
func (f *Fleet) Keys() Keys { return fleetKeys{f} }

// Passwords are the passwords of all members.
func (f *Fleet) Passwords() Passwords { return fleetPasswords{f} }

// Meters are the meters of all members.
func (f *Fleet) Meters() Meters { return fleetMeters{f} }

// Events are the events of all members.
func (f *Fleet) Events() Events { return fleetEvents{f} }

// Resume takes up an operation of a member by its ID in the fleet.
func (f *Fleet) Resume(operationID string) (any, error) {
	name, local, ok := SplitMemberID(operationID)
	m := f.byName[name]
	if !ok || m == nil {
		return nil, InvalidArgument(FleetVendor, "", "%q is no operation of a member of this fleet", operationID)
	}
	v, err := m.Provider.Resume(local)
	if err != nil {
		return nil, m.failed(err)
	}
	switch op := v.(type) {
	case *Operation[Home]:
		return begun(m, op, m.home), nil
	case *Operation[Lock]:
		return begun(m, op, m.lock), nil
	case *Operation[Key]:
		return begun(m, op, m.key), nil
	case *Operation[Password]:
		return begun(m, op, m.password), nil
	case *Operation[Meter]:
		return begun(m, op, m.meter), nil
	case *Operation[Reading]:
		return begun(m, op, m.reading), nil
	case *Operation[Receipt]:
		return begun(m, op, m.receipt), nil
	}
	return nil, m.failed(InvalidArgument(m.Provider.Vendor(), "", "operation %q is a %T, which a fleet does not know", local, v))
}

// failed says whose error it is; nil stays nil.
func (m *member) failed(err error) error {
	if err == nil {
		return nil
	}
	return &MemberError{Member: m.Name, Err: err}
}

// begun is an operation of a member as the fleet shows it.
func begun[T any](m *member, op *Operation[T], show func(T) T) *Operation[T] {
	return viewed(op, m.out, show, m.failed)
}

// begin passes on what a member answered to a call that begins an operation.
func begin[T any](m *member, op *Operation[T], err error, show func(T) T) (*Operation[T], error) {
	if err != nil {
		return nil, m.failed(err)
	}
	return begun(m, op, show), nil
}

// value passes on what a member answered to a call for one value.
func value[T any](m *member, v T, err error, show func(T) T) (T, error) {
	if err != nil {
		var zero T
		return zero, m.failed(err)
	}
	return show(v), nil
}

// can lists the members that can do op.
func (f *Fleet) can(op Op) []*member {
	var list []*member
	for _, m := range f.members {
		if m.Provider.Supports(op) {
			list = append(list, m)
		}
	}
	return list
}

// of finds the member that an id belongs to, and the local id.
func of[ID ~string](f *Fleet, op Op, id ID) (*member, ID, error) {
	if !f.Supports(op) {
		return nil, "", UnsupportedError(FleetVendor, op, "")
	}
	if id == "" {
		return nil, "", InvalidArgument(FleetVendor, op, "an id is required")
	}
	name, local, ok := SplitMemberID(id)
	m := f.byName[name]
	if !ok || m == nil {
		return nil, "", notOf(op, string(id), "no member of the fleet has this id")
	}
	return m, local, nil
}

// in is the local id of something that shall belong to m; nothing stays nothing.
func in[ID ~string](m *member, op Op, id ID) (ID, error) {
	if id == "" {
		return "", nil
	}
	name, local, ok := SplitMemberID(id)
	if !ok || name != m.Name {
		return "", notOf(op, string(id), fmt.Sprintf("%s has no such id", m.Name))
	}
	return local, nil
}

// newID is the local id of something that shall be made at m; nothing stays nothing.
func newID[ID ~string](m *member, op Op, id ID) (ID, error) {
	local, err := in(m, op, id)
	if err != nil {
		return "", InvalidArgument(FleetVendor, op, "a new id at %s begins with %q, unlike %q", m.Name, m.Name+":", id)
	}
	return local, nil
}

func notOf(op Op, id, why string) error {
	return &Error{Vendor: FleetVendor, Op: op, Kind: ErrNotFound, Target: id, Message: why}
}
