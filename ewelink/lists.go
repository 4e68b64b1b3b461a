package ewelink

import (
	"context"
	"errors"
	"iter"
	"log/slog"

	"github.com/smartlock-sdk/smartlock/lock"
)

// things yields the things of a home. That the vendor counts more of them than it shows is logged, for
// the portable lists cannot do anything about it.
func (c *Client) things(ctx context.Context, familyID string) iter.Seq2[Thing, error] {
	return func(yield func(Thing, error) bool) {
		for t, err := range c.Things(ctx, familyID) {
			var part *PartialList
			if errors.As(err, &part) {
				c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "not every thing is listed", slog.String("vendor", string(Vendor)),
					slog.String("home", familyID), slog.Int("listed", part.Listed), slog.Int("total", part.Total))
				return
			}
			if !yield(t, err) || err != nil {
				return
			}
		}
	}
}

// allThings yields the things of all homes, each once.
func (c *Client) allThings(ctx context.Context) iter.Seq2[Thing, error] {
	return func(yield func(Thing, error) bool) {
		r, err := c.ListHomes(ctx, ListHomesRequest{})
		if err != nil {
			yield(Thing{}, err)
			return
		}
		seen := map[string]bool{}
		for _, home := range r.FamilyList {
			for t, err := range c.things(ctx, home.ID) {
				if err == nil && seen[t.ID()] {
					continue
				}
				seen[t.ID()] = true
				if !yield(t, err) || err != nil {
					return
				}
			}
		}
	}
}

// devices yields the things that are devices, of one home or of all.
func (c *Client) devices(ctx context.Context, home lock.HomeID) iter.Seq2[*Thing, error] {
	things := c.allThings(ctx)
	if home != "" {
		things = c.things(ctx, string(home))
	}
	return func(yield func(*Thing, error) bool) {
		for t, err := range things {
			if err == nil && (t.ItemType.Group() || t.ItemData.DeviceID == "") {
				continue
			}
			if !yield(&t, err) || err != nil {
				return
			}
		}
	}
}

// find returns a device, whoever it belongs to, and those of the others that are there.
func (c *Client) find(ctx context.Context, deviceID string, others ...string) (*Thing, map[string]*Thing, error) {
	if deviceID == "" {
		return nil, nil, invalid(lock.OpFrom(ctx), "the id of the device is empty")
	}
	// The document asks for the kind of thing with each id, which only the list would tell.
	for _, kind := range []ThingType{ThingOwnDevice, ThingSharedDevice, ThingHomeDevice} {
		ids := []ThingID{{kind, deviceID}}
		for _, other := range others {
			if other != "" && other != deviceID {
				ids = append(ids, ThingID{kind, other})
			}
		}
		r, err := c.GetThings(ctx, ids...)
		if err != nil && !errors.Is(err, lock.ErrNotFound) {
			return nil, nil, err
		}
		if err != nil {
			continue
		}
		found := map[string]*Thing{}
		for i := range r.ThingList {
			t := &r.ThingList[i]
			found[t.ItemData.DeviceID] = t
		}
		if t := found[deviceID]; t != nil {
			return t, found, nil
		}
	}
	return nil, nil, notFound(lock.OpFrom(ctx), deviceID, "the account has no device of this id")
}

// home finds a home in the list. An empty id, which means the current home to the vendor, is refused.
func (c *Client) home(ctx context.Context, id lock.HomeID) (*Home, *ListHomesReply, error) {
	if id == "" {
		return nil, nil, invalid(lock.OpFrom(ctx), "the id of the home is empty")
	}
	r, err := c.ListHomes(ctx, ListHomesRequest{})
	if err != nil {
		return nil, nil, err
	}
	for i := range r.FamilyList {
		if r.FamilyList[i].ID == string(id) {
			return &r.FamilyList[i], r, nil
		}
	}
	return nil, nil, notFound(lock.OpFrom(ctx), string(id), "the account has no home of this id")
}

// invalid is the error of an argument that is wrong.
func invalid(op lock.Op, format string, args ...any) error {
	return lock.InvalidArgument(Vendor, op, format, args...)
}

// notFound is the error of an id of nothing.
func notFound(op lock.Op, target, message string) error {
	return &lock.Error{Vendor: Vendor, Op: op, Target: target, Kind: lock.ErrNotFound, Message: message}
}
