package main

import (
	"context"
	"slices"
	"time"

	"github.com/smartlock-sdk/smartlock/dingding"
	"github.com/smartlock-sdk/smartlock/lock"
)

// insider are the options of the clients that furnish a simulator: it may listen on other addresses
// than loopback, and does not mind their pace.
func insider() []lock.Option {
	return []lock.Option{lock.WithInsecureHTTP(), lock.WithLimits(lock.LimitOff)}
}

// inAYear is when the codes end that people have from the beginning.
func inAYear(now time.Time) time.Time { return now.Truncate(time.Second).AddDate(1, 0, 0) }

// look tells what there is, by asking a client of a vendor that can list its homes. notes are about
// devices.
func look(ctx context.Context, p lock.Provider, a *about, notes map[lock.DeviceID]string) error {
	for listed, err := range p.Homes().List(ctx, lock.HomeQuery{}) {
		if err != nil {
			return err
		}
		h, err := p.Homes().Get(ctx, listed.ID)
		if err != nil {
			return err
		}
		found := home{ID: string(h.ID), Name: h.Name, Rooms: []room{}}
		for _, r := range h.Rooms {
			found.Rooms = append(found.Rooms, room{string(r.ID), r.Name})
		}
		a.Homes = append(a.Homes, found)
		for d, err := range p.Homes().Devices(ctx, h.ID) {
			if err != nil {
				return err
			}
			a.add(d, notes[d.ID])
		}
	}
	for l, err := range p.Locks().List(ctx, lock.LockQuery{}) {
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(a.Locks, func(d device) bool { return d.ID == string(l.ID) }) { // in no home of ours
			a.add(lock.Device{ID: l.ID, Name: l.Name, Kind: lock.DeviceLock}, notes[l.ID])
		}
	}
	return nil
}

// add puts a device into the list of its kind.
func (a *about) add(d lock.Device, note string) {
	found := device{ID: string(d.ID), Name: d.Name, Kind: string(d.Kind), Home: string(d.Home), Room: string(d.Room), Note: note}
	switch d.Kind {
	case lock.DeviceLock:
		a.Locks = append(a.Locks, found)
	case lock.DeviceElectricityMeter, lock.DeviceWaterMeter:
		if w, ok := dingding.ParseWaterMeterID(d.ID); ok {
			found.Parts = map[string]string{"uuid": w.UUID, "manufactory": w.Manufactory}
		}
		a.Meters = append(a.Meters, found)
	default:
		a.Others = append(a.Others, found)
	}
}
