package dingding

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

type locks struct {
	lock.Locks // what Dingding lacks: Rename, Open
	c          *Client
}

// List yields the locks of one home or of all. Firmware, battery and signal are only known to
// Get. Dingding lists no keys, so a Holder cannot be asked for.
func (l locks) List(ctx context.Context, q lock.LockQuery) iter.Seq2[lock.Lock, error] {
	ctx = lock.WithOp(ctx, lock.ListLocks)
	if q.Holder != "" {
		return lock.FailedSeq[lock.Lock](lock.UnsupportedError(Vendor, lock.ListLocks, "Dingding does not tell who holds which key; leave Holder empty"))
	}
	return func(yield func(lock.Lock, error) bool) {
		wanted := func(d lock.Device) bool {
			return d.Kind == lock.DeviceLock && (q.Room == "" || d.Room == q.Room)
		}
		for d, err := range l.c.devices(ctx, q.Home, wanted) {
			if err != nil {
				yield(lock.Lock{}, err)
				return
			}
			if !yield(placedLock(d), nil) {
				return
			}
		}
	}
}

// placedLock is what the list of a home's devices says of a lock.
func placedLock(d lock.Device) lock.Lock {
	return lock.Lock{
		ID: d.ID, Name: d.Name, Home: d.Home, Room: d.Room, Gateway: d.Gateway, Serial: d.Serial, Online: d.Online,
		Native: d.Native,
	}
}

// Get asks for the lock and for its place: two calls.
func (l locks) Get(ctx context.Context, id lock.DeviceID) (lock.Lock, error) {
	ctx = lock.WithOp(ctx, lock.GetLock)
	resp, err := l.c.GetLock(ctx, Locator{UUID: string(id)})
	if err != nil {
		return lock.Lock{}, lock.About(string(id), err)
	}
	placed, err := l.c.place(ctx, id)
	if err != nil {
		return lock.Lock{}, err
	}
	return portableLock(placed, &resp.Lock), nil
}

func portableLock(placed lock.Device, native *Lock) lock.Lock {
	l := placedLock(placed)
	l.Name = cmp.Or(l.Name, native.Name) // the vendor's is the model's
	l.Gateway = cmp.Or(lock.DeviceID(native.CenterUUID), l.Gateway)
	l.Serial = cmp.Or(native.SN, l.Serial)
	l.Model, l.Brand, l.Category = native.ModelName, native.Brand, native.Model
	if o := online(native.OnoffLine); o != nil {
		l.Online, l.OnlineAt = o, native.OnoffTime
	}
	l.Battery, l.BatteryAt = known(native.Power, native.PowerRefreshTime)
	l.Signal, l.SignalAt = known(native.LQI, native.LQIRefreshTime)
	l.Versions = native.Versions
	l.Native = lock.NewNative(native.Raw(), native)
	return l
}

// known reads a measurement for which the vendor writes -1, or nothing at all, as long as it has
// none.
func known(value int, at time.Time) (*int, time.Time) {
	if value < 0 || value == 0 && at.IsZero() {
		return nil, time.Time{}
	}
	return &value, at
}

type keys struct {
	lock.Keys // what Dingding lacks: List, Update, Delete
	c         *Client
}

// Grant authorises a phone number to open the doors of the lock's room with the vendor's app, by
// Bluetooth, or to manage the room (KeyManage, without a window). Holder.Phone is required, as
// the person dials it in China, or with +country code.
//
// The reply's elements are not documented: where they carry an id, it is the key's; otherwise the
// key is known by home, room and phone number, encoded but not encrypted: treat such an id as
// personal data.
func (k keys) Grant(ctx context.Context, id lock.DeviceID, g lock.Grant) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.GrantKey)
	req, err := k.request(g)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	placed, err := k.c.place(ctx, id)
	if err != nil {
		return nil, err
	}
	room := string(placed.Room)
	if room == "" { // an outer door stands in the room of the home's own id, §5.5
		room = string(placed.Home)
	}
	req.HomeID, req.RoomIDs = string(placed.Home), []string{room}
	resp, err := k.c.AuthorizeRooms(ctx, req)
	if err != nil {
		return nil, lock.About(string(id), err)
	}
	key := lock.Key{
		Device: id, Kind: lock.KeyBluetooth, Name: g.Name, Holder: g.Holder, Role: lock.RoleNormal, Window: g.Window,
		State: lock.StateActive, Native: lock.NewNative(resp.Raw(), resp),
	}
	if req.AuthType == AuthManage {
		key.Kind, key.Role = lock.KeyManage, lock.RoleAdmin
	}
	if k.c.cfg.Clock.Now().Before(g.Window.From) {
		key.State = lock.StateScheduled
	}
	made := keyName{Device: id, Home: req.HomeID, Room: room, Country: req.CountryCode, Phone: req.Phone.Reveal()}
	if len(resp.AuthInfos) == 1 {
		if auth := authID(resp.AuthInfos[0].Raw()); auth != "" {
			made = keyName{Device: id, Auth: auth}
		}
	}
	key.ID = made.id()
	return lock.Done(key), nil
}

func (k keys) request(g lock.Grant) (AuthorizeRoomsRequest, error) {
	var req AuthorizeRoomsRequest
	if err := g.Validate(); err != nil {
		return req, refused(lock.GrantKey, lock.ErrInvalidArgument, err)
	}
	switch {
	case g.Holder.Phone.IsZero():
		return req, invalid(lock.GrantKey, "Holder.Phone is required: Dingding knows people by their phone number")
	case g.Schedule != nil:
		return req, lock.UnsupportedError(Vendor, lock.GrantKey, "Dingding keeps no weekly schedule; leave Schedule nil")
	case g.Key != "":
		return req, lock.UnsupportedError(Vendor, lock.GrantKey, "Dingding hands over no enrolled keys; leave Key empty")
	}
	req.CountryCode, req.Phone = splitPhone(g.Holder.Phone)
	switch g.Kind {
	case lock.KeyManage:
		if !g.Permanent || !g.Window.From.IsZero() || !g.Window.Forever() {
			return req, invalid(lock.GrantKey, "a KeyManage has no window: set Permanent and leave Window zero")
		}
		req.AuthType = AuthManage
		return req, nil
	case "", lock.KeyBluetooth:
	default:
		return req, invalid(lock.GrantKey, "Kind is %q; Dingding gives lock.KeyBluetooth and lock.KeyManage", g.Kind)
	}
	req.AuthType = AuthBluetoothUnlock
	now := k.c.cfg.Clock.Now()
	switch {
	case g.Permanent && g.Window.From.IsZero():
		req.Permission.Status = PermissionPermanent
		return req, nil
	case g.Permanent:
		return req, invalid(lock.GrantKey, "a permanent key begins when it is given; leave Window.From zero")
	case !now.Before(g.Window.Until):
		return req, invalid(lock.GrantKey, "the window has passed: it ended %s", g.Window.Until.Format(time.RFC3339))
	}
	req.Permission = AuthPermission{Status: PermissionTimed, Begin: begin(g.Window, now), End: g.Window.Until}
	return req, nil
}

// Revoke takes an authorisation back. The vendor knows it by the room, so this works as well when
// the lock is gone.
func (k keys) Revoke(ctx context.Context, id lock.DeviceID, key lock.KeyID) (*lock.Operation[lock.Key], error) {
	ctx = lock.WithOp(ctx, lock.RevokeKey)
	name, err := parseKeyName(key)
	if err == nil && name.Device != id {
		err = errors.New("this is the key of another lock")
	}
	if err != nil {
		return nil, lock.About(string(id), refused(lock.RevokeKey, lock.ErrNotFound, err))
	}
	req := RevokeRoomsRequest{AuthIDs: []string{name.Auth}}
	if name.Auth == "" {
		req = RevokeRoomsRequest{HomeID: name.Home, RoomIDs: []string{name.Room}, CountryCode: name.Country, Phone: lock.NewSecret(name.Phone)}
	}
	if _, err := k.c.RevokeRooms(ctx, req); err != nil {
		return nil, lock.About(string(id), err)
	}
	return lock.Done(lock.Key{ID: key, Device: id, State: lock.StateRemoved}), nil
}

// keyName is what a key's id is made of: the lock, and either the vendor's id of the authorisation
// or, where that is not known, the room and the person.
type keyName struct {
	Device  lock.DeviceID
	Auth    string `json:",omitempty"`
	Home    string `json:",omitempty"`
	Room    string `json:",omitempty"`
	Country string `json:",omitempty"`
	Phone   string `json:",omitempty"`
}

func (n keyName) id() lock.KeyID {
	text, err := json.Marshal(n)
	if err != nil { // strings always marshal
		return ""
	}
	return lock.KeyID(base64.RawURLEncoding.EncodeToString(text)) // so that no log shows a number at a glance
}

func parseKeyName(id lock.KeyID) (keyName, error) {
	var n keyName
	text, err := base64.RawURLEncoding.DecodeString(string(id))
	if err != nil || json.Unmarshal(text, &n) != nil || n.Auth == "" && n.Phone == "" {
		return keyName{}, errors.New("this is no id of a key that Grant returned")
	}
	return n, nil
}

// authID looks for the id in an element of auth_infos, under the names the vendor uses for ids
// elsewhere.
func authID(raw []byte) string {
	var info map[string]any
	if json.Unmarshal(raw, &info) != nil {
		return ""
	}
	for _, name := range []string{"auth_id", "id", "_id"} {
		if id, ok := info[name].(string); ok && id != "" {
			return id
		}
	}
	return ""
}

// splitPhone splits "+8613…" into the country code the vendor wants and the rest. A number
// without + has the vendor's default, +86.
func splitPhone(phone lock.Secret) (country string, number lock.Secret) {
	text := strings.ReplaceAll(phone.Reveal(), " ", "")
	if rest, ok := strings.CutPrefix(text, "+86"); ok {
		return "", lock.NewSecret(rest)
	}
	if strings.HasPrefix(text, "+") {
		// Country codes have no fixed length; those of mobile numbers abroad are written with a
		// dash or are passed whole.
		if country, rest, ok := strings.Cut(text, "-"); ok {
			return country, lock.NewSecret(rest)
		}
	}
	return "", lock.NewSecret(text)
}
