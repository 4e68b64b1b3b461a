package tuya

import (
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// A request that lacks what the vendor requires, or that says two things at once, never leaves.
// want is part of the error, which names the field; "" = it is fine.
func TestIncompleteRequestsAreRefused(t *testing.T) {
	type request interface{ validate() error }
	noon := time.Unix(1628179200, 0)
	first := Paging{1, 20}
	sealed := SealedCode{lock.NewSecret("00"), "t"}
	temp := func(spoil func(*TempPasswordRequest)) TempPasswordRequest {
		r := TempPasswordRequest{Name: "n", Code: sealed, EffectiveTime: noon, InvalidTime: noon.Add(time.Hour)}
		spoil(&r)
		return r
	}
	for _, tt := range []struct {
		name string
		req  request
		want string
	}{
		{"a page", first, ""},
		{"page 0", Paging{0, 20}, "PageNo"},
		{"a page of nothing", Paging{1, 0}, "PageSize"},
		{"users of no way to open", ListHomeUsersRequest{Paging: first}, "Codes"},
		{"users from page 0", ListHomeUsersRequest{Codes: Codes{UnlockCard}}, "PageNo"},
		{"methods from page 0", ListMethodsRequest{}, "PageNo"},
		{"a search from page 0", ListUsersRequest{}, "PageNo"},
		{"alarms from page 0", ListAlarmLogsRequest{}, "PageNo"},

		{"a permanent validity", SetUserScheduleRequest{Permanent: true}, ""},
		{"a validity", SetUserScheduleRequest{EffectiveTime: noon, ExpiredTime: noon.Add(time.Hour)}, ""},
		{"a validity that says nothing", SetUserScheduleRequest{}, "both ends"},
		{"a validity without end", SetUserScheduleRequest{EffectiveTime: noon}, "both ends"},
		{"a validity without beginning", SetUserScheduleRequest{ExpiredTime: noon}, "both ends"},
		{"a validity backwards", SetUserScheduleRequest{EffectiveTime: noon.Add(time.Hour), ExpiredTime: noon}, "before"},
		{"no role", roleRequest{}, "role"},
		{"a member without name", AddMemberRequest{Sex: SexMale}, "NickName"},
		{"a member who loses their name", UpdateMemberRequest{Sex: SexMale}, "NickName"},

		{"a key without number", AllocateKeyRequest{Type: KeyTypeCard}, "No"},
		{"a key without type", AllocateKeyRequest{No: "1"}, "Type"},
		{"methods for nobody", AllocateMethodsRequest{UnlockList: []MethodRef{{UnlockCard, 1}}}, "UserID"},
		{"no methods", AllocateMethodsRequest{UserID: "1"}, "UnlockList"},
		{"a method without code", AllocateMethodsRequest{"1", []MethodRef{{UnlockCard, 1}, {UnlockSN: 2}}}, "DPCode"},
		{"methods from nobody", UnallocateMethodsRequest{UnlockList: []MethodRef{{UnlockCard, 1}}}, "UserID"},
		{"unassigned keys of no type", unassignedRequest{}, "type"},

		{"a password", temp(func(*TempPasswordRequest) {}), ""},
		{"a password without name", temp(func(r *TempPasswordRequest) { r.Name = "" }), "Name"},
		{"a password without code", temp(func(r *TempPasswordRequest) { r.Code.Password = lock.Secret{} }), "Password"},
		{"a password without ticket", temp(func(r *TempPasswordRequest) { r.Code.TicketID = "" }), "TicketID"},
		{"a password without end", temp(func(r *TempPasswordRequest) { r.InvalidTime = time.Time{} }), "both ends"},
		{"a schedule without zone", temp(func(r *TempPasswordRequest) { r.Schedule = []TempSchedule{{0, 60, 127}} }), "TimeZone"},
		{"an offline code of no type", OfflinePasswordRequest{}, "Type"},
		{"an offline code for once", OfflinePasswordRequest{Type: OfflineOnce}, ""},
		{"an offline code without window", OfflinePasswordRequest{Type: OfflineMultiple}, "both ends"},
		{"a clear code for nothing", OfflinePasswordRequest{Type: OfflineClear}, "PasswordID"},
		{"a clear code for all", OfflinePasswordRequest{Type: OfflineClearAny}, ""},

		{"a door without ticket", OperateDoorRequest{Open: true}, "TicketID"},
		{"a door without ticket, by the older call", openDoorRequest{}, "ticket"},
		{"remote unlocking of no type", remoteUnlockRequest{}, "type"},
		{"no commands", commandsRequest{}, "commands"},
		{"no name", nameRequest{}, "name"},
		{"a home of nobody", CreateHomeRequest{Home: HomeInfo{Name: "n"}}, "UID"},
		{"a home without name", CreateHomeRequest{UID: "u"}, "Name"},
		{"a home that stays as it is", updateHomeRequest{}, "nothing to change"},
		{"a home that moves", updateHomeRequest{HomeInfo{Lat: 1}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.req.validate()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want an error about %q", err, tt.want)
			}
		})
	}
}

// None of that is sent, nor anything about an id that is empty: it would reach another endpoint.
func TestWhatIsRefusedIsNotSent(t *testing.T) {
	v := &saying{reply: `{"success":true}`}
	c := v.client()
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"a window backwards": func() error {
			_, err := c.ListOpenLogs(ctx, "d", ListOpenLogsRequest{time.Unix(2, 0), time.Unix(1, 0), Paging{1, 1}})
			return err
		},
		"no device":           func() error { _, err := c.GetDevice(ctx, ""); return err },
		"a device that is ..": func() error { _, err := c.GetDevice(ctx, ".."); return err },
		"nobody to delete":    func() error { _, err := c.DeleteLockUsers(ctx, "d"); return err },
		"somebody and nobody": func() error { _, err := c.DeleteLockUsers(ctx, "d", "1", ""); return err },
		"no password":         func() error { _, err := c.DeleteTempPassword(ctx, "d", ""); return err },
		"a key of no type": func() error {
			_, err := c.DeleteKey(ctx, "d", DeleteKeyRequest{UserType: MemberHome, UserID: "1", UnlockNo: 1})
			return err
		},
		"a home without a uid":  func() error { _, err := c.ListHomes(ctx, ""); return err },
		"a device without name": func() error { _, err := c.RenameDevice(ctx, "d", ""); return err },
	} {
		if err := call(); lock.KindOf(err) != lock.ErrInvalidArgument {
			t.Errorf("%s: got %v, want %s", name, err, lock.ErrInvalidArgument)
		}
	}
	if len(v.calls) > 0 {
		t.Errorf("got %d calls, want none", len(v.calls))
	}
}

// Ids travel escaped and are signed as they read; the error shows the path with its placeholders.
func TestIDsInPaths(t *testing.T) {
	v := &saying{reply: `{"success":false,"code":2010,"msg":"device not exist"}`}
	_, err := v.client().GetDevice(t.Context(), "a/b c?")
	if got := v.calls[0].URL.EscapedPath(); got != "/v1.0/devices/a%2Fb%20c%3F" {
		t.Errorf("got the path %s", got)
	}
	if err == nil || !strings.Contains(err.Error(), "/v1.0/devices/{device_id}") || strings.Contains(err.Error(), "a/b c?") {
		t.Errorf("got %v, want the endpoint with its placeholder", err)
	}
}

func TestSealCode(t *testing.T) {
	v := &saying{reply: `{"success":true,"result":{"ticket_id":"tkt00001","ticket_key":"721C166CB6D1D5C52B244A4D7FED132490614ECBE097BA3A760E318F0EBC99FC","expire_time":300}}`}
	c := v.client()
	for range 2 {
		s, err := c.SealCode(t.Context(), "d", lock.NewSecret("1234567"))
		if err != nil || s.TicketID != "tkt00001" || s.Password.Reveal() != "13280AC0FC495A125CD5A30E85458D7D" {
			t.Errorf("got %q, %q and %v", s.TicketID, s.Password.Reveal(), err)
		}
	}
	if len(v.calls) != 1 {
		t.Errorf("got %d tickets, want 1 for both", len(v.calls))
	}
	v.reply = `{"success":true,"result":{"ticket_id":"x","ticket_key":"00","expire_time":300}}`
	if _, err := c.SealCode(t.Context(), "other", lock.NewSecret("1234567")); lock.KindOf(err) != lock.ErrInvalidArgument {
		t.Errorf("a ticket that is no use: got %v, want %s", err, lock.ErrInvalidArgument)
	}
}

// Enumerations show their names, and numbers that nobody has named.
func TestEnumsShowTheirNames(t *testing.T) {
	for got, want := range map[string]string{
		UserTypeOwner.String(): "owner", UserType(99).String(): "unknown(99)", SexFemale.String(): "female", AttrDuress.String(): "duress",
		MethodFrozen.String(): "frozen", DeliveryFull.String(): "full", UseOnce.String(): "once", MemberNonHome.String(): "not of the home",
		UnlockCard.String(): "unlock_card", KeyTypeFingerVein.String(): "fingerVein", AlarmTampered.String(): "pry", RoleAdmin.String(): "admin",
		OperateModify.String(): "MODIFY", DeliveryOngoing.String(): "ONGOING", OfflineOnce.String(): "once", RemoteWithPassword.String(): "remoteUnlockWithPwd",
		CategoryHotel.String(): "hotelms", RegionSG.String(): "sg", FamilyUnknown.String(): "unknown", FamilyWiFi.String(): "wifi",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
