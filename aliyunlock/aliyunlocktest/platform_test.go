package aliyunlocktest_test

import (
	"encoding/json"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/aliyunlock"
	"github.com/smartlock-sdk/smartlock/aliyunlock/aliyunlocktest"
	"github.com/smartlock-sdk/smartlock/lock"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func frozen(t *testing.T, opts ...aliyunlocktest.Option) (*aliyunlocktest.Server, *aliyunlock.Client) {
	t.Helper()
	s := aliyunlocktest.NewServer(append([]aliyunlocktest.Option{aliyunlocktest.WithFrozenClock(noon), aliyunlocktest.WithSeed(7)}, opts...)...)
	t.Cleanup(s.Close)
	return s, s.Client(lock.WithLimits(lock.LimitOff))
}

// ok is an answer that has to come.
func ok[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused checks a call that must fail.
func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	var e *lock.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%s: got %v, want code %s", what, err, code)
	}
}

var first = aliyunlock.Paging{PageNo: 1, PageSize: 20}

func TestKeyBindings(t *testing.T) {
	for name, opts := range map[string][]aliyunlocktest.Option{"samples": nil, "tables": {aliyunlocktest.WithOtherShapes()}} {
		t.Run(name, func(t *testing.T) {
			s, c := frozen(t, opts...)
			f := s.Furnish()
			key := func(kind aliyunlock.KeyType, number string) aliyunlock.KeyRef {
				return aliyunlock.KeyRef{IotID: string(f.Front), LockUserType: kind, LockUserID: number}
			}
			owned, finger := key(aliyunlock.KeyTypeCard, "20"), key(aliyunlock.KeyTypeFingerprint, "10")
			bind := aliyunlock.BindKeyRequest{KeyRef: finger, VirtualUserID: f.HanMei, LockUserPermType: aliyunlock.PermissionAdmin}
			ok[*aliyunlock.Reply](t)(c.BindKey(t.Context(), bind))
			bind.LockUserPermType = aliyunlock.PermissionDuress
			ok[*aliyunlock.Reply](t)(c.BindKey(t.Context(), bind)) // again, with another permission
			bind.VirtualUserID = f.LiLei
			_, err := c.BindKey(t.Context(), bind)
			refused(t, "a key of somebody else's", err, "28530")
			bind.VirtualUserID = "nobody"
			_, err = c.BindKey(t.Context(), bind)
			refused(t, "a person who is not there", err, "2000")
			bind.LockUserPermType, bind.VirtualUserID = 9, f.HanMei
			_, err = c.BindKey(t.Context(), bind)
			refused(t, "a permission that is not there", err, "460")

			both := ok[*aliyunlock.Page[aliyunlock.BoundKey]](t)(c.GetKeyBindings(t.Context(), aliyunlock.KeyBindingsRequest{
				VirtualUserID: f.HanMei, OriginalLockUsers: []aliyunlock.KeyRef{finger, owned},
			}))
			if len(both.Items) != 1 || both.Items[0].KeyRef != finger || both.Items[0].LockUserPermType != aliyunlock.PermissionDuress || both.Items[0].UserID != f.HanMei ||
				both.Items[0].IdentityID != s.User || both.Items[0].TenantID == "" || both.Items[0].IsolationID == "" {
				t.Errorf("her keys: got %+v", both.Items)
			}
			one := ok[*aliyunlock.Answer[*aliyunlock.BoundKey]](t)(c.GetKeyBinding(t.Context(), aliyunlock.KeyBindingRequest{KeyRef: owned, VirtualUserID: f.LiLei}))
			if one.Data == nil || one.Data.KeyRef != owned {
				t.Errorf("his key: got %+v", one.Data)
			}
			none := ok[*aliyunlock.Answer[*aliyunlock.BoundKey]](t)(c.GetKeyBinding(t.Context(), aliyunlock.KeyBindingRequest{KeyRef: owned, VirtualUserID: f.HanMei}))
			if none.Data != nil {
				t.Errorf("his key is not hers: got %+v", none.Data)
			}
			shared := aliyunlock.KeyRef{IotID: string(f.Shared), LockUserType: aliyunlock.KeyTypeCard, LockUserID: "1"}
			for what, r := range map[string]aliyunlock.KeyRef{"a shared lock": shared, "no lock": {IotID: "x", LockUserType: 1, LockUserID: "1"}} {
				a := ok[*aliyunlock.Answer[*aliyunlock.BoundKey]](t)(c.GetKeyBinding(t.Context(), aliyunlock.KeyBindingRequest{KeyRef: r, VirtualUserID: f.LiLei}))
				p := ok[*aliyunlock.Page[aliyunlock.EnrolledKey]](t)(c.FilterUnboundKeys(t.Context(), aliyunlock.FilterUnboundKeysRequest{OriginalLockUsers: []aliyunlock.EnrolledKey{{KeyRef: r}}}))
				if a.Data != nil || len(p.Items) != 0 {
					t.Errorf("%s: got %v and %v, want nothing for who is not its administrator", what, a.Data, p.Items)
				}
			}
			cards := ok[*aliyunlock.Page[aliyunlock.BoundKey]](t)(c.ListBoundKeys(t.Context(), aliyunlock.ListBoundKeysRequest{VirtualUserID: f.LiLei, LockUserType: aliyunlock.KeyTypeCard}))
			duress := ok[*aliyunlock.Page[aliyunlock.BoundKey]](t)(c.ListBoundKeys(t.Context(), aliyunlock.ListBoundKeysRequest{VirtualUserID: f.LiLei, LockUserPermType: aliyunlock.PermissionDuress}))
			if len(cards.Items) != 1 || len(duress.Items) != 0 {
				t.Errorf("his cards and duress keys: got %d and %d, want 1 and 0", len(cards.Items), len(duress.Items))
			}
			unbind := aliyunlock.KeyBindingRequest{KeyRef: finger, VirtualUserID: f.LiLei}
			_, err = c.UnbindKey(t.Context(), unbind)
			refused(t, "unbinding from somebody else", err, "28527")
			unbind.VirtualUserID = f.HanMei
			ok[*aliyunlock.Reply](t)(c.UnbindKey(t.Context(), unbind))
			if s.HolderOf(f.Front, f.Unowned[0]) != "" {
				t.Error("the unbound key is still hers")
			}
			_, err = c.SetKeyNickname(t.Context(), aliyunlock.SetKeyNicknameRequest{KeyRef: aliyunlock.KeyRef{IotID: "x", LockUserType: 1, LockUserID: "1"}, NickName: "n"})
			refused(t, "a nickname in no lock", err, "403")
		})
	}
}

// Of the three ways to narrow a history, half a key counts for nothing, and a person and a key
// together are a union.
func TestHistoryByKey(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	for i, k := range f.Unowned {
		if i != 1 && i != 4 { // those are codes
			s.UseKey(f.Front, k)
		}
	}
	s.UseKey(f.Front, f.Owned)
	s.Settle()
	count := func(change func(*aliyunlock.QueryEventHistoryRequest)) int {
		t.Helper()
		r := aliyunlock.QueryEventHistoryRequest{
			IotID: string(f.Front), Events: []string{"DoorOpenNotification"}, Start: noon.Add(-7 * time.Hour), End: s.Clock().Now(),
			Paging: aliyunlock.Paging{PageNo: 1, PageSize: 50},
		}
		change(&r)
		return len(ok[*aliyunlock.Page[aliyunlock.EventRecord]](t)(c.QueryEventHistory(t.Context(), r)).Items)
	}
	if n := count(func(*aliyunlock.QueryEventHistoryRequest) {}); n != 5 {
		t.Errorf("all: got %d openings, want 5 with the one of this morning", n)
	}
	byKey := func(r *aliyunlock.QueryEventHistoryRequest) {
		r.LockUserID, r.LockUserType = "10", aliyunlock.KeyTypeFingerprint
	}
	byPerson := func(r *aliyunlock.QueryEventHistoryRequest) { r.VirtualUserID = f.LiLei }
	if n := count(byKey); n != 1 {
		t.Errorf("one key: got %d openings, want 1", n)
	}
	if n := count(byPerson); n != 2 {
		t.Errorf("a person's keys: got %d openings, want 2", n)
	}
	if n := count(func(r *aliyunlock.QueryEventHistoryRequest) { byKey(r); byPerson(r) }); n != 3 {
		t.Errorf("a person's keys and one more: got %d openings, want the union of 3", n)
	}
	if n := count(func(r *aliyunlock.QueryEventHistoryRequest) { r.VirtualUserID = f.HanMei }); n != 0 {
		t.Errorf("a person without keys: got %d openings, want none", n)
	}
	// A client's own check would stop this one.
	var half struct {
		Total int `json:"total"`
	}
	ok[*aliyunlock.Reply](t)(c.Call(t.Context(), "/lock/event/history/query", "1.0.1", map[string]any{
		"iotId": f.Front, "events": []string{"DoorOpenNotification"}, "start": noon.Add(-7 * time.Hour).UnixMilli(), "end": s.Clock().Now().UnixMilli(),
		"lockUserId": "10", "pageNo": 1, "pageSize": 50,
	}, &half))
	if half.Total != 5 {
		t.Errorf("half a key: got %d openings, want it ignored", half.Total)
	}
	_, err := c.Call(t.Context(), "/lock/event/history/query", "1.0.1", map[string]any{"start": noon.UnixMilli(), "end": noon.UnixMilli(), "pageNo": 1, "pageSize": 50}, nil)
	refused(t, "no device", err, "460")
}

func TestPersons(t *testing.T) {
	s, c := frozen(t)
	made := ok[*aliyunlock.Answer[aliyunlock.VirtualUser]](t)(c.CreateVirtualUser(t.Context(), aliyunlock.CreateVirtualUserRequest{
		AttrList: []aliyunlock.Attr{{Key: aliyunlock.AttrName, Value: "小明"}}, SceneID: "s",
	}))
	id := made.Data.UserID
	change := func(op aliyunlock.AttrOp, attrs ...aliyunlock.Attr) *aliyunlock.VirtualUser {
		t.Helper()
		a := ok[*aliyunlock.Answer[aliyunlock.VirtualUser]](t)(c.UpdateVirtualUser(t.Context(), aliyunlock.UpdateVirtualUserRequest{VirtualUserID: id, OpType: op, AttrList: attrs}))
		return &a.Data
	}
	if u := change(aliyunlock.AttrAdd, aliyunlock.Attr{Key: aliyunlock.AttrBirthday, Value: "1985-07-03"}); u.Attr(aliyunlock.AttrBirthday) != "1985-07-03" || u.Attr(aliyunlock.AttrName) != "小明" {
		t.Errorf("got %+v, want name and birthday", u)
	}
	if u := change(aliyunlock.AttrUpdate, aliyunlock.Attr{Key: aliyunlock.AttrName, Value: "李雷"}); u.Attr(aliyunlock.AttrName) != "李雷" {
		t.Errorf("got %+v, want the new name", u)
	}
	if u := change(aliyunlock.AttrDelete, aliyunlock.Attr{Key: aliyunlock.AttrBirthday, Value: "x"}); u.Attr(aliyunlock.AttrBirthday) != "" || len(u.AttrList) != 1 {
		t.Errorf("got %+v, want the name alone", u)
	}
	if got := ok[*aliyunlock.Answer[aliyunlock.VirtualUser]](t)(c.GetVirtualUser(t.Context(), id)); got.Data.UserID != id {
		t.Errorf("got %+v", got.Data)
	}
	s.AddPerson("妈妈")
	list := ok[*aliyunlock.Page[aliyunlock.VirtualUser]](t)(c.ListVirtualUsers(t.Context(), aliyunlock.ListVirtualUsersRequest{Paging: first}))
	if list.Total != 2 || len(list.Items) != 2 || list.PageNo != 1 || list.PageSize != 20 {
		t.Errorf("got %+v, want both persons", list)
	}
	_, err := c.CreateVirtualUser(t.Context(), aliyunlock.CreateVirtualUserRequest{AttrList: []aliyunlock.Attr{{Key: "shoeSize", Value: "42"}}})
	refused(t, "an attribute nobody knows", err, "2000")
	_, err = c.UpdateVirtualUser(t.Context(), aliyunlock.UpdateVirtualUserRequest{VirtualUserID: id, OpType: 9, AttrList: []aliyunlock.Attr{{Key: aliyunlock.AttrName, Value: "x"}}})
	refused(t, "an operation nobody knows", err, "460")
	door := s.AddLock("front door")
	key := s.EnrolKey(door, aliyunlocktest.Card, "")
	s.GiveKey(door, key, id)
	ok[*aliyunlock.Reply](t)(c.DeleteVirtualUser(t.Context(), id))
	if s.HolderOf(door, key) != "" {
		t.Error("the key is still bound to a person who is gone")
	}
	_, err = c.GetVirtualUser(t.Context(), id)
	refused(t, "a person who is gone", err, "2000")
}

func TestBindings(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	owned := ok[*aliyunlock.Page[aliyunlock.Binding]](t)(c.ListBindings(t.Context(), aliyunlock.ListBindingsRequest{Paging: first, Owned: new(aliyunlock.OwnershipOwner), ThingType: aliyunlock.ThingDevice}))
	shared := ok[*aliyunlock.Page[aliyunlock.Binding]](t)(c.ListBindings(t.Context(), aliyunlock.ListBindingsRequest{Paging: first, Owned: new(aliyunlock.OwnershipShared)}))
	gateways := ok[*aliyunlock.Page[aliyunlock.Binding]](t)(c.ListBindings(t.Context(), aliyunlock.ListBindingsRequest{Paging: first, NodeType: aliyunlock.NodeGateway}))
	if owned.Total != 2 || shared.Total != 1 || gateways.Total != 0 || shared.Items[0].IotID != string(f.Shared) {
		t.Errorf("got %d own, %d shared, %d gateways, want 2, 1, 0", owned.Total, shared.Total, gateways.Total)
	}
	b := owned.Items[0]
	if b.IdentityID != s.User || b.ProductKey != aliyunlocktest.LockProduct || b.DeviceName == "" || b.NickName != "大门锁" || b.Status != aliyunlock.StatusOnline ||
		b.Owned != aliyunlock.OwnershipOwner || b.NodeType != aliyunlock.NodeDevice || b.NetType != aliyunlock.NetWiFi || !b.BindTime.Equal(noon) || b.CategoryName != "智能门锁" {
		t.Errorf("got %+v", b)
	}
	users := ok[*aliyunlock.Page[aliyunlock.Binding]](t)(c.ListDeviceBindings(t.Context(), aliyunlock.ListDeviceBindingsRequest{IotID: string(f.Shared), Paging: first}))
	if len(users.Items) != 2 || users.Items[0].Owned != aliyunlock.OwnershipOwner || users.Items[1].IdentityID != s.User {
		t.Errorf("the users of the shared lock: got %+v", users.Items)
	}
	ok[*aliyunlock.Reply](t)(c.SetDeviceNickname(t.Context(), aliyunlock.SetLockNicknameRequest{IotID: string(f.Front), NickName: "mine alone"}))
	if got := ok[*aliyunlock.Answer[*aliyunlock.Binding]](t)(c.GetBinding(t.Context(), string(f.Front))); got.Data.NickName != "mine alone" {
		t.Errorf("got %q, want the user's own name", got.Data.NickName)
	}
	ok[*aliyunlock.Reply](t)(c.SetLockNickname(t.Context(), aliyunlock.SetLockNicknameRequest{IotID: string(f.Front), NickName: "everybody's"}))
	if got := ok[*aliyunlock.Answer[*aliyunlock.Binding]](t)(c.GetBinding(t.Context(), string(f.Front))); got.Data.NickName != "everybody's" {
		t.Errorf("got %q, want the name for all", got.Data.NickName)
	}
	ok[*aliyunlock.Reply](t)(c.UnbindDevice(t.Context(), string(f.Shared)))
	if got := ok[*aliyunlock.Answer[*aliyunlock.Binding]](t)(c.GetBinding(t.Context(), string(f.Shared))); got.Data != nil {
		t.Errorf("the unbound lock: got %+v, want nothing", got.Data)
	}
	_, err := c.GetStatus(t.Context(), string(f.Shared))
	refused(t, "the unbound lock", err, "2065")
	_, err = c.GetStatus(t.Context(), "x")
	refused(t, "no device", err, "2063")
	device := aliyunlock.BindDeviceRequest{ProductKey: b.ProductKey, DeviceName: b.DeviceName}
	_, err = c.BindDevice(t.Context(), device)
	refused(t, "a device that is somebody's", err, "6618")
	ok[*aliyunlock.Reply](t)(c.UnbindDevice(t.Context(), string(f.Front)))
	if got := ok[*aliyunlock.Answer[string]](t)(c.BindDevice(t.Context(), device)); got.Data != string(f.Front) {
		t.Errorf("got %q, want the lock back", got.Data)
	}
	ok[*aliyunlock.Reply](t)(c.UnbindDevice(t.Context(), string(f.Front)))
	device.HomeID = string(f.House)
	byToken := aliyunlock.BindDeviceByTokenRequest{BindDeviceRequest: device, Token: lock.NewSecret("t")}
	ok[*aliyunlock.Answer[string]](t)(c.BindDeviceByToken(t.Context(), byToken))
	if l := ok[lock.Lock](t)(c.Locks().Get(t.Context(), f.Front)); l.Home != f.House {
		t.Errorf("got home %q, want the one that was named", l.Home)
	}
	device.DeviceName = "x"
	_, err = c.BindDevice(t.Context(), device)
	refused(t, "a device nobody made", err, "6100")
}

func TestThings(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	front, cloud := string(f.Front), aliyunlock.CloudDevice{IotID: string(f.Front)}
	info := ok[*aliyunlock.Answer[aliyunlock.ThingInfo]](t)(c.GetThing(t.Context(), front)).Data
	if info.IotID != front || info.FirmwareVersion != "1.2.3" || info.DeviceSecret.IsZero() || info.Region != "cn-shanghai" || !info.ActiveTime.Equal(noon) || info.Nickname != "大门锁" {
		t.Errorf("got %+v", info)
	}
	byName := aliyunlock.CloudDevice{ProductKey: info.ProductKey, DeviceName: info.Name}
	if same := ok[*aliyunlock.Answer[aliyunlock.ThingInfo]](t)(c.CloudGetThing(t.Context(), byName)).Data; same.IotID != front {
		t.Errorf("by its name: got %+v", same)
	}
	_, err := c.CloudGetThing(t.Context(), aliyunlock.CloudDevice{ProductKey: "x", DeviceName: "x"})
	refused(t, "a device nobody made", err, "6100")
	if st := ok[*aliyunlock.Answer[aliyunlock.ThingStatus]](t)(c.CloudGetStatus(t.Context(), cloud)).Data; st.Status != aliyunlock.StatusOnline || !st.Time.Equal(noon) {
		t.Errorf("got %+v", st)
	}
	if st := ok[*aliyunlock.Answer[aliyunlock.ThingStatus]](t)(c.GetStatus(t.Context(), string(f.Cellar))).Data; st.Status != aliyunlock.StatusOffline {
		t.Errorf("the cellar's: got %+v", st)
	}
	model := ok[*aliyunlock.Answer[json.RawMessage]](t)(c.GetThingModel(t.Context(), front)).Data
	cloudModel := ok[*aliyunlock.Answer[json.RawMessage]](t)(c.CloudGetThingModel(t.Context(), cloud)).Data
	if !strings.Contains(string(model), "RemoteUnlock") || string(model) != string(cloudModel) {
		t.Errorf("got %s and %s", model, cloudModel)
	}

	ok[*aliyunlock.Reply](t)(c.SetProperties(t.Context(), aliyunlock.SetPropertiesRequest{IotID: front, Items: map[string]any{"Volume": 2}}))
	ok[*aliyunlock.Reply](t)(c.CloudSetProperties(t.Context(), aliyunlock.CloudSetPropertiesRequest{CloudDevice: cloud, Items: map[string]any{"MuteState": 1}}))
	s.Settle()
	properties := ok[*aliyunlock.Answer[map[string]aliyunlock.Property]](t)(c.GetProperties(t.Context(), front)).Data
	volume := properties["Volume"]
	if n, _ := volume.Value.Int(); n != 2 || len(properties) != 4 || volume.Time.IsZero() {
		t.Errorf("got %d properties and the volume %d, want 4 and 2", len(properties), n)
	}
	list := ok[*aliyunlock.Page[aliyunlock.CloudProperty]](t)(c.CloudGetProperties(t.Context(), cloud))
	mute := list.Items[slices.IndexFunc(list.Items, func(p aliyunlock.CloudProperty) bool { return p.Attribute == "MuteState" })]
	if n, _ := mute.Value.Int(); n != 1 || mute.IotID != front || mute.GmtModified.IsZero() {
		t.Errorf("got %+v", mute)
	}
	points := ok[*aliyunlock.Page[aliyunlock.PropertyPoint]](t)(c.GetPropertyTimeline(t.Context(), aliyunlock.TimelineRequest{
		IotID: front, Identifier: "BatteryPercentage", Start: noon.Add(-time.Hour), End: noon.Add(time.Hour),
	}))
	cloudPoints := ok[*aliyunlock.Page[aliyunlock.PropertyPoint]](t)(c.CloudGetPropertyTimeline(t.Context(), aliyunlock.CloudTimelineRequest{
		CloudDevice: cloud, Identifier: "BatteryPercentage", Start: noon.Add(-time.Hour), End: noon.Add(time.Hour),
	}))
	if n, _ := points.Items[0].Value.Int(); len(points.Items) != 1 || n != 86 || !points.Items[0].Time.Equal(noon) || len(cloudPoints.Items) != 1 {
		t.Errorf("got %+v and %+v", points.Items, cloudPoints.Items)
	}
	_, err = c.SetProperties(t.Context(), aliyunlock.SetPropertiesRequest{IotID: string(f.Cellar), Items: map[string]any{"Volume": 2}})
	refused(t, "an offline lock", err, "6205")

	keys := ok[*aliyunlock.Answer[aliyunlock.ServiceResult]](t)(c.InvokeService(t.Context(), aliyunlock.InvokeServiceRequest{IotID: front, Identifier: "GetKeyList"}))
	var outputs struct{ KeyList []struct{ KeyID string } }
	if err := json.Unmarshal(keys.Data.Data.Raw(), &outputs); err != nil || len(outputs.KeyList) != 6 || keys.Data.MessageID == "" {
		t.Errorf("got %s and %v, want the six keys", keys.Data.Data.Raw(), err)
	}
	ok[*aliyunlock.Answer[aliyunlock.ServiceResult]](t)(c.CloudInvokeService(t.Context(), aliyunlock.CloudInvokeServiceRequest{CloudDevice: cloud, Identifier: "RemoteUnlock"}))
	s.Settle()
	if n := s.Opened(f.Front); n != 1 {
		t.Errorf("the door opened %d times, want once", n)
	}
	begin, end := noon.AddDate(0, 0, -6), s.Clock().Now()
	events := ok[*aliyunlock.Page[aliyunlock.TimelineEvent]](t)(c.CloudGetEventTimeline(t.Context(), aliyunlock.CloudEventTimelineRequest{
		CloudTimelineRequest: aliyunlock.CloudTimelineRequest{CloudDevice: cloud, Identifier: "DoorOpenNotification", Start: begin, End: end, PageSize: 3, Ordered: true},
	}))
	newest := ok[*aliyunlock.Page[aliyunlock.TimelineEvent]](t)(c.CloudGetEventTimeline(t.Context(), aliyunlock.CloudEventTimelineRequest{
		CloudTimelineRequest: aliyunlock.CloudTimelineRequest{CloudDevice: cloud, Identifier: "DoorOpenNotification", Start: begin, End: end, PageSize: 3},
	}))
	if len(events.Items) != 3 || len(newest.Items) != 3 || !events.Items[0].Time.Before(events.Items[2].Time) || !newest.Items[0].Time.After(newest.Items[2].Time) {
		t.Errorf("got %d and %d events, want 3 from either end", len(events.Items), len(newest.Items))
	}
	if e := events.Items[0]; e.IotID != front || e.EventType != aliyunlock.EventInfo || e.BatchID == "" || e.EventCode != "DoorOpenNotification" || e.Output("KeyID") == nil || e.Output("x") != nil {
		t.Errorf("got %+v", e)
	}
}

func TestRooms(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	homes := ok[*aliyunlock.Page[aliyunlock.Home]](t)(c.ListHomes(t.Context(), aliyunlock.ListHomesRequest{Paging: first}))
	if len(homes.Items) != 2 || !homes.Items[0].CurrentHome || homes.Items[1].CurrentHome || homes.Items[0].MyRole == "" || !homes.Items[0].CreateMillis.Equal(noon) {
		t.Errorf("got %+v", homes.Items)
	}
	rooms := ok[*aliyunlock.Page[aliyunlock.Room]](t)(c.ListRooms(t.Context(), aliyunlock.ListRoomsRequest{HomeID: string(f.House), Paging: first}))
	if len(rooms.Items) != 1 || rooms.Items[0].Name != "地下室" || rooms.Items[0].DeviceCnt != 1 || rooms.Items[0].DeviceOnlineCnt != 0 || rooms.Items[0].BackgroundImage == "" {
		t.Errorf("got %+v", rooms.Items)
	}
	cellar := rooms.Items[0].RoomID
	in := ok[*aliyunlock.Page[aliyunlock.HomeDevice]](t)(c.ListRoomDevices(t.Context(), aliyunlock.ListRoomDevicesRequest{
		HomeID: string(f.House), RoomID: cellar, Paging: first, PropertyIdentifiers: []string{"BatteryPercentage", "Nothing"},
	}))
	if d := in.Items[0]; d.IotID != string(f.Cellar) || d.HomeID != string(f.House) || d.RoomName != "地下室" || d.HomeName != "别墅" || len(d.PropertyList) != 1 || d.PropertyList[0].Identifier != "BatteryPercentage" {
		t.Errorf("got %+v", d)
	}
	here := ok[*aliyunlock.Page[aliyunlock.HomeDevice]](t)(c.ListHomeDevices(t.Context(), aliyunlock.ListHomeDevicesRequest{Paging: first}))
	there := ok[*aliyunlock.Page[aliyunlock.HomeDevice]](t)(c.ListHomeDevices(t.Context(), aliyunlock.ListHomeDevicesRequest{HomeID: string(f.House), RoomID: cellar, DeviceNodeType: aliyunlock.NodeDevice, Paging: first}))
	if len(here.Items) != 1 || here.Items[0].IotID != string(f.Front) || len(there.Items) != 1 {
		t.Errorf("got %d devices in the present home and %d in the cellar, want 1 and 1", len(here.Items), len(there.Items))
	}
	lamp := s.AddDevice(f.House, "lamp")
	ok[*aliyunlock.Reply](t)(c.SetRoomDevices(t.Context(), aliyunlock.SetRoomDevicesRequest{HomeID: string(f.House), RoomID: cellar, IotIDList: []string{string(lamp)}}))
	in = ok[*aliyunlock.Page[aliyunlock.HomeDevice]](t)(c.ListRoomDevices(t.Context(), aliyunlock.ListRoomDevicesRequest{HomeID: string(f.House), RoomID: cellar, Paging: first}))
	if len(in.Items) != 1 || in.Items[0].IotID != string(lamp) {
		t.Errorf("got %+v, want the lamp alone", in.Items)
	}
	_, err := c.ListRoomDevices(t.Context(), aliyunlock.ListRoomDevicesRequest{HomeID: string(f.House), RoomID: "x", Paging: first})
	refused(t, "no such room", err, "2000")
	for range 8 {
		ok[*aliyunlock.Answer[string]](t)(c.CreateHome(t.Context(), "home "+s.Clock().Now().Format("150405")))
		s.Advance(time.Second)
	}
	_, err = c.CreateHome(t.Context(), "the eleventh")
	refused(t, "more than ten homes", err, "2000")
}

func TestProject(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	user := aliyunlock.CloudUser{IdentityID: s.User}
	account := ok[*aliyunlock.Answer[aliyunlock.Account]](t)(c.CloudGetAccount(t.Context(), s.User, s.AppKey)).Data
	byOpen := ok[*aliyunlock.Answer[aliyunlock.Account]](t)(c.CloudGetAccountByOpenID(t.Context(), account.OpenID, s.AppKey)).Data
	if account.IdentityID != s.User || byOpen.IdentityID != s.User || account.NickName != "李雷" || account.Phone.IsZero() || !account.GmtCreate.Equal(noon) {
		t.Errorf("got %+v and %+v", account, byOpen)
	}
	_, err := c.CloudGetAccountByOpenID(t.Context(), account.OpenID, "1")
	refused(t, "another app", err, "403")
	_, err = c.CloudGetAccountByOpenID(t.Context(), "x", s.AppKey)
	refused(t, "nobody", err, "2077")
	_, err = c.CloudGetAccount(t.Context(), "x", s.AppKey)
	refused(t, "nobody", err, "2062")
	accounts := ok[*aliyunlock.Page[aliyunlock.Account]](t)(c.CloudListAccounts(t.Context(), aliyunlock.CloudListAccountsRequest{Offset: 1, Count: 5}))
	if accounts.Total != 2 || len(accounts.Items) != 1 || accounts.Items[0].NickName != "韩梅梅" {
		t.Errorf("got %+v", accounts)
	}
	bindings := ok[*aliyunlock.Page[aliyunlock.Binding]](t)(c.CloudListBindings(t.Context(), aliyunlock.CloudListBindingsRequest{CloudUser: user, Limit: 2}))
	if bindings.Total != 3 || len(bindings.Items) != 2 || bindings.Items[0].IdentityID != s.User {
		t.Errorf("got %+v", bindings)
	}
	users := ok[*aliyunlock.Page[aliyunlock.Binding]](t)(c.CloudListDeviceBindings(t.Context(), aliyunlock.CloudDevice{IotID: string(f.Shared)}))
	if users.Total != 2 || len(users.Items) != 2 {
		t.Errorf("got %+v", users)
	}
	things := ok[*aliyunlock.Page[aliyunlock.ThingInfo]](t)(c.CloudListThings(t.Context(), aliyunlock.CloudListThingsRequest{ProductKey: aliyunlocktest.LockProduct, Status: new(aliyunlock.StatusOnline), CurrentPage: 1, PageSize: 10}))
	if things.Total != 2 || len(things.Items) != 2 {
		t.Errorf("got %d of %d things, want the two that are online", len(things.Items), things.Total)
	}
	name := aliyunlock.NamedDevice{ProductKey: things.Items[0].ProductKey, DeviceName: things.Items[0].Name}
	unbind := aliyunlock.CloudUnbindUserRequest{CloudUser: user, CloudDevice: aliyunlock.CloudDevice{IotID: string(f.Shared)}}
	ok[*aliyunlock.Reply](t)(c.CloudUnbindUser(t.Context(), unbind))
	_, err = c.CloudUnbindUser(t.Context(), unbind)
	refused(t, "a user who is not bound", err, "2065")
	ok[*aliyunlock.Reply](t)(c.CloudUnbindAll(t.Context(), aliyunlock.CloudDevice{IotID: string(f.Front)}))
	if got := ok[*aliyunlock.Answer[*aliyunlock.Binding]](t)(c.GetBinding(t.Context(), string(f.Front))); got.Data != nil {
		t.Errorf("got %+v, want it nobody's", got.Data)
	}
	hers := ok[*aliyunlock.Page[aliyunlock.BoundDevice]](t)(c.CloudBindDevices(t.Context(), aliyunlock.CloudBindDevicesRequest{
		OpenID: accounts.Items[0].OpenID, OpenIDAppKey: s.AppKey, Devices: []aliyunlock.NamedDevice{name, {ProductKey: "x", DeviceName: "x"}},
	}))
	if len(hers.Items) != 2 || hers.Items[0].IotID != string(f.Front) || hers.Items[0].BindCode != "200" || hers.Items[1].BindCode != "6100" {
		t.Errorf("got %+v", hers.Items)
	}
	ours := ok[*aliyunlock.Page[aliyunlock.BoundDevice]](t)(c.CloudBindDevices(t.Context(), aliyunlock.CloudBindDevicesRequest{OpenID: account.OpenID, OpenIDAppKey: s.AppKey, Devices: []aliyunlock.NamedDevice{name}}))
	if ours.Items[0].BindCode != "2064" {
		t.Errorf("a lock of hers: got %+v, want it refused", ours.Items)
	}
	for _, region := range []string{
		ok[*aliyunlock.Answer[string]](t)(c.CloudGetUserRegion(t.Context(), aliyunlock.CloudUserRegionRequest{OpenID: account.OpenID})).Data,
		ok[*aliyunlock.Answer[string]](t)(c.CloudGetDeviceRegion(t.Context(), name)).Data,
		ok[*aliyunlock.Answer[aliyunlock.Region]](t)(c.GetUserRegion(t.Context(), aliyunlock.UserRegionRequest{Type: "THIRD_AUTHCODE"})).Data.RegionID,
	} {
		if region != "cn-shanghai" {
			t.Errorf("got the region %q", region)
		}
	}
}

func TestPeopleAtTheLock(t *testing.T) {
	s, c := frozen(t)
	f := s.Furnish()
	if !s.EnterCode(f.Front, "135790") || s.EnterCode(f.Front, "000000") || !s.UseKey(f.Front, f.Owned) || s.UseKey(f.Front, f.Unowned[1]) || s.UseKey(f.Front, "9:9") {
		t.Error("the wrong keys open the door")
	}
	if n := s.Opened(f.Front); n != 2 {
		t.Errorf("the door opened %d times, want 2", n)
	}
	for range 5 {
		s.EnterCode(f.Front, "000000")
	}
	s.Settle()
	locked := ok[*aliyunlock.Page[aliyunlock.EventRecord]](t)(c.QueryEventHistory(t.Context(), aliyunlock.QueryEventHistoryRequest{
		IotID: string(f.Front), Events: []string{"LockedAlarm"}, Start: noon, End: s.Clock().Now(), Paging: aliyunlock.Paging{PageNo: 1, PageSize: 50},
	}))
	if len(locked.Items) != 1 {
		t.Errorf("five wrong codes: got %d alarms, want 1", len(locked.Items))
	}
	// An offline lock opens all the same and reports when it is back.
	key := s.EnrolKey(f.Cellar, aliyunlocktest.Card, "")
	at := s.Clock().Now()
	s.UseKey(f.Cellar, key)
	s.Advance(time.Hour)
	s.SetOnline(f.Cellar, true)
	s.Settle()
	late := ok[*aliyunlock.Page[aliyunlock.EventRecord]](t)(c.QueryEventHistory(t.Context(), aliyunlock.QueryEventHistoryRequest{
		IotID: string(f.Cellar), Events: []string{"DoorOpenNotification"}, Start: noon, End: s.Clock().Now(), Paging: aliyunlock.Paging{PageNo: 1, PageSize: 50},
	}))
	if len(late.Items) != 1 || late.Items[0].ServiceTime.Before(at.Add(time.Hour).Truncate(time.Second)) || late.Items[0].ClientTime.After(at) {
		t.Errorf("got %+v, want the opening, recorded an hour after it was", late.Items)
	}
}

func TestTemporaryPasswords(t *testing.T) {
	s, c := frozen(t, aliyunlocktest.WithLatency(time.Second), aliyunlocktest.WithCodesInReports())
	door := s.AddLock("front door")
	add := func(args map[string]any) error {
		_, err := c.InvokeService(t.Context(), aliyunlock.InvokeServiceRequest{IotID: string(door), Identifier: "AddOTP", Args: args})
		return err
	}
	if err := add(map[string]any{"OTP": lock.NewSecret("135790"), "StartDate": "2026-03-01 20:00:00", "EndDate": "2026-03-01 21:00:00", "ValidCount": 1}); err != nil {
		t.Fatal(err)
	}
	if s.EnterCode(door, "135790") {
		t.Error("the code opens before the lock has it")
	}
	s.Advance(time.Second)
	if !s.EnterCode(door, "135790") {
		t.Error("the code does not open in its window")
	}
	s.Advance(time.Hour)
	if s.EnterCode(door, "135790") {
		t.Error("the code opens after its window")
	}
	if err := add(map[string]any{"OTP": "135790", "StartTime": "2026-03-01 20:00:00", "ValidTime": 60}); err != nil {
		t.Fatal(err) // the lock refuses it, and says so in its report
	}
	s.Settle()
	reports := ok[*aliyunlock.Page[aliyunlock.TimelineEvent]](t)(c.GetEventTimeline(t.Context(), aliyunlock.EventTimelineRequest{TimelineRequest: aliyunlock.TimelineRequest{
		IotID: string(door), Identifier: "KeyAddedNotification", Start: noon, End: s.Clock().Now().Add(time.Hour),
	}}))
	if len(reports.Items) != 2 || reports.Items[0].Output("KeyStr") == nil || reports.Items[1].Output("KeyID") != nil {
		t.Errorf("got %d reports, want the code told and the second one refused", len(reports.Items))
	}
	for name, args := range map[string]map[string]any{
		"no code": {"StartTime": "2026-03-01 20:00:00", "ValidTime": 60}, "a short code": {"OTP": "1", "StartTime": "2026-03-01 20:00:00", "ValidTime": 60},
		"no window": {"OTP": "135790"}, "no date": {"OTP": "135790", "StartDate": "x", "EndDate": "y"},
	} {
		refused(t, name, add(args), "460")
	}
	_, err := c.InvokeService(t.Context(), aliyunlock.InvokeServiceRequest{IotID: string(door), Identifier: "MakeCoffee"})
	refused(t, "a service the product has not", err, "2000")
}

func TestOptions(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := aliyunlocktest.NewServer(
		aliyunlocktest.WithListener(l), aliyunlocktest.WithFrozenClock(noon), aliyunlocktest.WithTokenLifetimes(time.Hour, 2*time.Hour),
		aliyunlocktest.WithCloudTokenLifetime(30*time.Minute), aliyunlocktest.WithHistoryLag(time.Minute),
	)
	defer s.Close()
	if !strings.HasSuffix(s.URL, l.Addr().String()) {
		t.Errorf("it listens at %s, want %s", s.URL, l.Addr())
	}
	session := s.Session()
	if !session.Expires.Equal(noon.Add(time.Hour)) || !session.RefreshExpires.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("got %v and %v, want an hour and two", session.Expires, session.RefreshExpires)
	}
	token := ok[*aliyunlock.Answer[aliyunlock.CloudToken]](t)(s.Client().GetCloudToken(t.Context())).Data
	if !token.Expires.Equal(noon.Add(30 * time.Minute)) {
		t.Errorf("got %v, want half an hour", token.Expires)
	}
	_, err = s.Client().Call(t.Context(), "/account/createSessionByAuthCode", "1.0.4", map[string]any{"request": map[string]string{"authCode": "x", "accountType": "OTHER", "appKey": s.AppKey}}, nil)
	refused(t, "an account type nobody knows", err, "2461")
	stage := s.Client(aliyunlock.WithStage(aliyunlock.StageTest))
	if err := stage.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if r := s.Requests("/uc/listBindingByAccount"); len(r) != 1 || r[0].Header.Get("X-Ca-Stage") != "TEST" {
		t.Errorf("got %v, want the stage TEST", r)
	}
}

func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault aliyunlocktest.Fault
		want  lock.Kind
	}{
		"status": {aliyunlocktest.Status(500), lock.ErrVendorUnavailable}, "too many": {aliyunlocktest.TooManyRequests(time.Minute), lock.ErrRateLimited},
		"redirect": {aliyunlocktest.Redirect(302, "http://127.0.0.1:1/"), lock.ErrProtocol}, "bomb": {aliyunlocktest.GzipBomb(64 << 20), lock.ErrTooLarge},
		"other type": {aliyunlocktest.WrongContentType(), ""}, "latency": {aliyunlocktest.Latency(0), ""},
	} {
		s := aliyunlocktest.NewServer()
		s.Fail("*", tt.fault)
		err := s.Client(lock.WithRetry(lock.RetryPolicy{Attempts: 1})).Check(t.Context())
		if tt.want == "" && err != nil || tt.want != "" && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
		s.Close()
	}
	s := aliyunlocktest.NewServer(aliyunlocktest.WithFrozenClock(noon))
	for _, fault := range []aliyunlocktest.Fault{aliyunlocktest.Silence(), aliyunlocktest.Slow()} {
		s.Fail("*", fault)
		left := make(chan error, 1)
		go func() {
			left <- s.Client(lock.WithRetry(lock.RetryPolicy{Attempts: 1}), lock.WithTimeout(50*time.Millisecond)).Check(t.Context())
		}()
		if err := <-left; !errors.Is(err, lock.ErrVendorUnavailable) {
			t.Errorf("a vendor that does not answer: got %v, want ErrVendorUnavailable", err)
		}
	}
	s.Close()
}

func TestWrongNamesPanic(t *testing.T) {
	s, _ := frozen(t)
	for name, call := range map[string]func(){
		"no lock": func() { s.EnterCode("x", "1") }, "no key": func() { s.DeleteAtLock(s.AddLock("d"), "1:1") },
		"no home": func() { s.AddRoom("x", "r") }, "no user": func() { s.AddSharedLock("d", "x") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: got no panic, want one, for the test is wrong", name)
				}
			}()
			call()
		}()
	}
}
