package dingding

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

var (
	door  = Locator{UUID: "u1"}
	noon  = time.Date(2018, 1, 15, 4, 0, 0, 0, time.UTC) // in China
	night = noon.Add(12 * time.Hour)
	pin   = lock.NewSecret("123456")
	phone = lock.NewSecret("13800000001")
	one   = decimal.NewFromInt(1)
)

// A request that lacks what the document requires, or that says two things at once, never leaves.
// want is part of the error, which names the field.
func TestIncompleteRequestsAreRefused(t *testing.T) {
	type request interface{ validate() error }
	home := AddHomeRequest{HomeID: "h", Name: "n", Country: "c", City: "c", Zone: "z", Location: "l", Block: "b"}
	without := func(clear func(*AddHomeRequest)) AddHomeRequest { r := home; clear(&r); return r }
	pw := func(change func(*AddPasswordRequest)) AddPasswordRequest {
		r := AddPasswordRequest{Locator: door, Password: pin}
		change(&r)
		return r
	}
	up := func(change func(*UpdatePasswordRequest)) UpdatePasswordRequest {
		r := UpdatePasswordRequest{Locator: door, PasswordID: 1001}
		change(&r)
		return r
	}
	backwards := Period{Start: night, End: noon}

	for _, tt := range []struct {
		name string
		req  request
		want string // "" = it is fine
	}{
		{"locator with nothing", Locator{}, "UUID"},
		{"locator with a home alone is the outer door", Locator{HomeID: "h"}, ""},
		{"locator with a room alone", Locator{RoomID: "r"}, ""},
		{"gateway without any id", HomeLocator{}, "HomeID"},
		{"gateways without home", ListGatewaysRequest{}, "HomeID"},

		{"home", home, ""},
		{"home without id", without(func(r *AddHomeRequest) { r.HomeID = "" }), "HomeID"},
		{"home without name", without(func(r *AddHomeRequest) { r.Name = "" }), "Name"},
		{"home without country", without(func(r *AddHomeRequest) { r.Country = "" }), "Country"},
		{"home without city", without(func(r *AddHomeRequest) { r.City = "" }), "City"},
		{"home without zone", without(func(r *AddHomeRequest) { r.Zone = "" }), "Zone"},
		{"home without address", without(func(r *AddHomeRequest) { r.Location = "" }), "Location"},
		{"home without block", without(func(r *AddHomeRequest) { r.Block = "" }), "Block"},
		{"update of no home", UpdateHomeRequest{Name: "n"}, "HomeID"},
		{"deletion of no home", DeleteHomeRequest{}, "HomeID"},
		{"devices of no home", FindHomeDevicesRequest{}, "HomeID"},
		{"devices of no homes", FindDevicesOfHomesRequest{}, "HomeIDs"},
		{"state of no home", FindHomeStateRequest{}, "HomeID"},
		{"states of no homes", FindHomeStatesRequest{}, "HomeIDs"},
		{"home by nothing", GetHomeInfoRequest{Manufactory: "cy"}, "HomeID"},
		{"home by device", GetHomeInfoRequest{UUID: "u"}, ""},
		{"search with a negative page", SearchHomesRequest{Paging: Paging{Offset: -1}}, "Offset"},
		{"search for all", SearchHomesRequest{}, ""},

		{"room without home", AddRoomRequest{RoomID: "r", Name: "n"}, "HomeID"},
		{"room without id", AddRoomRequest{HomeID: "h", Name: "n"}, "RoomID"},
		{"room without name", AddRoomRequest{HomeID: "h", RoomID: "r"}, "Name"},
		{"rooms: none", AddRoomsRequest{HomeID: "h"}, "Rooms"},
		{"rooms: one without id", AddRoomsRequest{HomeID: "h", Rooms: []NewRoom{{RoomID: "r", Name: "n"}, {Name: "n"}}}, "RoomID"},
		{"rooms: of no home", AddRoomsRequest{Rooms: []NewRoom{{RoomID: "r", Name: "n"}}}, "HomeID"},
		{"update of a room without name", UpdateRoomRequest{HomeID: "h", RoomID: "r"}, "Name"},
		{"deletion of no room", DeleteRoomRequest{HomeID: "h"}, "RoomID"},

		{"lock events of no lock", ListLockEventsRequest{}, "UUID"},
		{"lock events backwards", ListLockEventsRequest{Locator: door, Period: backwards}, "before its start"},
		{"lock events, negative page", ListLockEventsRequest{Locator: door, Paging: Paging{Count: -1}}, "Count"},
		{"count of lock events of no lock", CountLockEventsRequest{}, "UUID"},
		{"count of lock events backwards", CountLockEventsRequest{Locator: door, Period: backwards}, "before its start"},
		{"uuid of no serial number", GetDeviceUUIDRequest{}, "SN"},
		{"info on no device", GetDeviceInfoRequest{}, "UUID"},

		{"password for no lock", AddPasswordRequest{Password: pin}, "UUID"},
		{"password without code", pw(func(r *AddPasswordRequest) { r.Password = lock.Secret{} }), "six digits"},
		{"password of five digits", pw(func(r *AddPasswordRequest) { r.Password = lock.NewSecret("98765") }), "six digits"},
		{"password of seven digits", pw(func(r *AddPasswordRequest) { r.Password = lock.NewSecret("9876543") }), "six digits"},
		{"password with a letter", pw(func(r *AddPasswordRequest) { r.Password = lock.NewSecret("98765a") }), "six digits"},
		{"password in other digits", pw(func(r *AddPasswordRequest) { r.Password = lock.NewSecret("９８") }), "six digits"},
		{"permanent password", pw(func(*AddPasswordRequest) {}), ""},
		{"password with a begin alone", pw(func(r *AddPasswordRequest) { r.Begin = noon }), "both Begin and End"},
		{"password with an end alone", pw(func(r *AddPasswordRequest) { r.End = noon }), "both Begin and End"},
		{"password from 1970 on", pw(func(r *AddPasswordRequest) { r.Begin, r.End = time.Unix(0, 0), noon }), "1970"},
		{"password until 1970", pw(func(r *AddPasswordRequest) { r.Begin, r.End = noon, time.Unix(0, 1) }), "1970"},
		{"password backwards", pw(func(r *AddPasswordRequest) { r.Begin, r.End = night, noon }), "after Begin"},
		{"password for no time", pw(func(r *AddPasswordRequest) { r.Begin, r.End = noon, noon.Add(999*time.Millisecond) }), "after Begin"},
		{"password for less than a whole second", pw(func(r *AddPasswordRequest) { r.Begin, r.End = noon.Add(1), noon.Add(time.Second) }), "after Begin"},
		{"password for one second", pw(func(r *AddPasswordRequest) { r.Begin, r.End = noon, noon.Add(time.Second) }), ""},
		{"administrator code", pw(func(r *AddPasswordRequest) { r.Admin = true }), ""},
		{"administrator code with a window", pw(func(r *AddPasswordRequest) { r.Admin, r.Begin, r.End = true, noon, night }), "administrator"},

		{"update of no lock", UpdatePasswordRequest{PasswordID: 1001, Permanent: true}, "UUID"},
		{"update of a negative id", up(func(r *UpdatePasswordRequest) { r.PasswordID, r.Permanent = -1, true }), "PasswordID"},
		{"update of the first local code", up(func(r *UpdatePasswordRequest) { r.PasswordID, r.Permanent = 0, true }), ""},
		{"update without window", up(func(r *UpdatePasswordRequest) { r.Name = "n" }), "present window"},
		{"update with an end alone", up(func(r *UpdatePasswordRequest) { r.End = night }), "both Begin and End"},
		{"update with a window", up(func(r *UpdatePasswordRequest) { r.Begin, r.End = noon, night }), ""},
		{"update to permanent", up(func(r *UpdatePasswordRequest) { r.Permanent = true }), ""},
		{"update to permanent with a window", up(func(r *UpdatePasswordRequest) { r.Permanent, r.Begin, r.End = true, noon, night }), "not both"},
		{"update with a short code", up(func(r *UpdatePasswordRequest) { r.Permanent, r.Password = true, lock.NewSecret("98765") }), "six digits"},
		{"update of the administrator code", up(func(r *UpdatePasswordRequest) { r.PasswordID, r.Password = AdminPasswordID, pin }), ""},
		{"update of the administrator code with a window", up(func(r *UpdatePasswordRequest) { r.PasswordID, r.Begin, r.End = AdminPasswordID, noon, night }), "administrator"},
		{"password of no lock", PasswordRequest{PasswordID: 1001}, "UUID"},
		{"password with a negative id", PasswordRequest{Locator: door, PasswordID: -1}, "PasswordID"},

		{"activation code", AddActivationCodeRequest{Locator: door, Kind: ActivationTenant, Phone: phone, Name: "n", End: night}, ""},
		{"activation code for no lock", AddActivationCodeRequest{Kind: ActivationTenant, Phone: phone, Name: "n", End: night}, "UUID"},
		{"activation code for nobody", AddActivationCodeRequest{Locator: door, Phone: phone, Name: "n", End: night}, "Kind"},
		{"activation code without phone", AddActivationCodeRequest{Locator: door, Kind: ActivationStaff, Name: "n", End: night}, "Phone"},
		{"activation code without name", AddActivationCodeRequest{Locator: door, Kind: ActivationStaff, Phone: phone, End: night}, "Name"},
		{"activation code without end", AddActivationCodeRequest{Locator: door, Kind: ActivationStaff, Phone: phone, Name: "n"}, "End"},
		{"activation code that ends in 1970", AddActivationCodeRequest{Locator: door, Kind: ActivationStaff, Phone: phone, Name: "n", End: time.Unix(0, 0)}, "End"},
		{"administrator's activation code", AddActivationCodeRequest{Locator: door, Kind: ActivationAdmin, Phone: phone, Name: "n"}, ""},
		{"administrator's activation code with an end", AddActivationCodeRequest{Locator: door, Kind: ActivationAdmin, Phone: phone, Name: "n", End: night}, "End"},
		{"new activation code for no lock", UpdateActivationCodeRequest{PasswordID: 3025, Phone: phone, Name: "n", End: night}, "UUID"},
		{"new activation code for a negative id", UpdateActivationCodeRequest{Locator: door, PasswordID: -1, Phone: phone, Name: "n", End: night}, "PasswordID"},
		{"new activation code without end", UpdateActivationCodeRequest{Locator: door, PasswordID: 3025, Phone: phone, Name: "n"}, "End"},
		{"new administrator's activation code", UpdateActivationCodeRequest{Locator: door, PasswordID: AdminActivationID, Phone: phone, Name: "n"}, ""},

		{"operations of no device", SearchOperationsRequest{}, "UUID"},
		{"operations backwards", SearchOperationsRequest{OperationFilter: OperationFilter{Locator: door, Period: backwards}}, "before its start"},
		{"operations, negative page", SearchOperationsRequest{OperationFilter: OperationFilter{Locator: door}, Paging: Paging{Count: -1}}, "Count"},
		{"count of operations of no device", OperationFilter{}, "UUID"},

		{"ticket without target", AddTicketRequest{HomeID: "h", ServiceType: TicketRepair, RoomIDs: []string{"r"}, TicketDescription: "d"}, "ServiceTarget"},
		{"ticket without type", AddTicketRequest{HomeID: "h", ServiceTarget: TargetLock, RoomIDs: []string{"r"}}, "ServiceType"},
		{"ticket for no room", AddTicketRequest{HomeID: "h", ServiceTarget: TargetLock, ServiceType: TicketRepair, TicketDescription: "d"}, "RoomIDs"},
		{"ticket for no home", AddTicketRequest{ServiceTarget: TargetLock, ServiceType: TicketRepair, RoomIDs: []string{"r"}, TicketDescription: "d"}, "HomeID"},
		{"installation on no day", AddTicketRequest{HomeID: "h", ServiceTarget: TargetLock, ServiceType: TicketInstall, RoomIDs: []string{"r"}}, "Date"},
		{"repair of nothing", AddTicketRequest{HomeID: "h", ServiceTarget: TargetLock, ServiceType: TicketRepair, RoomIDs: []string{"r"}}, "TicketDescription"},
		{"update of no ticket", UpdateTicketRequest{RoomIDs: []string{"r"}}, "TicketID"},
		{"update of a ticket to no room", UpdateTicketRequest{TicketID: "t"}, "RoomIDs"},
		{"deletion of no ticket", DeleteTicketRequest{}, "TicketID"},
		{"no ticket", GetTicketRequest{}, "TicketID"},
		{"tickets of no home", ListHomeTicketsRequest{ServiceType: TicketRepair}, "HomeID"},
		{"tickets of no type", ListHomeTicketsRequest{HomeID: "h"}, "ServiceType"},
		{"state of no ticket", SetTicketStateRequest{TicketState: TicketDone}, "TicketID"},
		{"ticket without state", SetTicketStateRequest{TicketID: "t"}, "TicketState"},

		{"overdraft of no meter", SetMeterOverdraftRequest{Overdraft: one}, "UUID"},
		{"overdraft below zero", SetMeterOverdraftRequest{Locator: door, Overdraft: one.Neg()}, "Overdraft"},
		{"no overdraft", SetMeterOverdraftRequest{Locator: door}, ""},
		{"capacity of no meter", SetMeterCapacityRequest{Capacity: one}, "UUID"},
		{"no capacity", SetMeterCapacityRequest{Locator: door}, "Capacity"},
		{"charges of no meter", MeterPage{}, "UUID"},
		{"charges backwards", MeterPage{Locator: door, Period: backwards}, "before its start"},
		{"charges, negative page", MeterPage{Locator: door, Paging: Paging{Offset: -1}}, "Offset"},
		{"count of charges of no meter", MeterPeriod{}, "UUID"},
		{"count of charges backwards", MeterPeriod{Locator: door, Period: backwards}, "before its start"},
		{"price of no meter", SetPowerPriceRequest{RoomPrice: &one}, "UUID"},
		{"no price", SetPowerPriceRequest{Locator: door}, "RoomPrice"},
		{"price below zero", SetPowerPriceRequest{Locator: door, ClientPrice: below(one)}, "prices"},
		{"room price below zero", SetPowerPriceRequest{Locator: door, RoomPrice: below(one)}, "prices"},
		{"price of no home", SetHomePowerPriceRequest{Price: one}, "HomeID"},
		{"price of a home below zero", SetHomePowerPriceRequest{HomeID: "h", Price: one.Neg()}, "Price"},
		{"no price mode", SetPowerPriceModeRequest{Locator: door}, "Mode"},
		{"price mode of no meter", SetPowerPriceModeRequest{Mode: PriceOfHome}, "UUID"},
		{"no charge", QueryMeterChargeRequest{}, "TradeNum"},
		{"signal of nothing", RefreshSignalRequest{Type: SignalLocks}, "UUIDs"},
		{"signal of two things", RefreshSignalRequest{HomeID: "h", UUIDs: []string{"u"}}, "either"},
		{"signal of a home", RefreshSignalRequest{HomeID: "h"}, ""},
		{"pay type of no room", SetRoomPayTypeRequest{PayType: Prepaid}, "RoomID"},
		{"no pay type", SetRoomPayTypeRequest{RoomLocator: RoomLocator{RoomID: "r"}}, "PayType"},
		{"prepaid with an overdraft below zero", SetRoomPayTypeRequest{RoomLocator: RoomLocator{RoomID: "r"}, PayType: Prepaid, Overdraft: one.Neg()}, "Overdraft"},
		{"post-paid with an overdraft", SetRoomPayTypeRequest{RoomLocator: RoomLocator{RoomID: "r"}, PayType: Postpaid, Overdraft: one}, "Overdraft"},
		{"nothing forced off", SetMeterForcedOffRequest{ForceOpen: ForcedOffBegin}, "RoomID"},
		{"forced off or not", SetMeterForcedOffRequest{RoomLocator: RoomLocator{UUID: "u"}}, "ForceOpen"},
		{"top-up of no meter", ChargeMeterRequest{Amount: one}, "UUID"},
		{"top-up by nothing", ChargeMeterRequest{Locator: door}, "Amount"},
		{"top-up by less than nothing", ChargeMeterRequest{Locator: door, Amount: one.Neg()}, "Amount"},
		{"top-up of no meter by money", ChargeMeterFeesRequest{Fees: one}, "UUID"},
		{"top-up by no money", ChargeMeterFeesRequest{Locator: door}, "Fees"},

		{"authorization of nobody", AuthorizeRoomsRequest{HomeID: "h", RoomIDs: []string{"r"}, AuthType: AuthManage}, "Phone"},
		{"authorization for no room", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", AuthType: AuthManage}, "RoomIDs"},
		{"authorization for no home", AuthorizeRoomsRequest{Phone: phone, RoomIDs: []string{"r"}, AuthType: AuthManage}, "HomeID"},
		{"manager", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", RoomIDs: []string{"r"}, AuthType: AuthManage}, ""},
		{"manager with a window", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", RoomIDs: []string{"r"}, AuthType: AuthManage, Permission: AuthPermission{End: night}}, "Permission"},
		{"Bluetooth for how long?", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", RoomIDs: []string{"r"}}, "Permission"},
		{"Bluetooth for good", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", RoomIDs: []string{"r"}, Permission: AuthPermission{Status: PermissionPermanent}}, ""},
		{"Bluetooth for good until", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", RoomIDs: []string{"r"}, Permission: AuthPermission{Status: PermissionPermanent, End: night}}, "permanent"},
		{"Bluetooth without end", AuthorizeRoomsRequest{Phone: phone, HomeID: "h", RoomIDs: []string{"r"}, Permission: AuthPermission{Status: PermissionTimed, Begin: noon}}, "both Begin and End"},
		{"revocation of nothing", RevokeRoomsRequest{}, "AuthIDs"},
		{"revocation of a home", RevokeRoomsRequest{HomeID: "h"}, "RoomIDs"},
		{"revocation of two things", RevokeRoomsRequest{AuthIDs: []string{"a"}, HomeID: "h", RoomIDs: []string{"r"}}, "either"},
		{"revocation of a country", RevokeRoomsRequest{HomeID: "h", RoomIDs: []string{"r"}, CountryCode: "+86"}, "Phone"},
		{"revocation of rooms", RevokeRoomsRequest{HomeID: "h", RoomIDs: []string{"r"}}, ""},
		{"token of nobody", GetAppTokenRequest{CountryCode: "+86"}, "Phone"},

		{"no water gateway", GetWaterGatewayRequest{}, "UUID"},
		{"no water meter", WaterMeterID{Manufactory: "cy"}, "UUID"},
		{"water readings of nothing", WaterReadingsRequest{}, "UUID"},
		{"water readings of a room, which?", WaterReadingsRequest{RoomID: "r"}, "Type"},
		{"water readings of two things", WaterReadingsRequest{UUID: "u", RoomID: "r", Type: ColdWater}, "either"},
		{"water readings of a room and a maker", WaterReadingsRequest{RoomID: "r", Type: ColdWater, Manufactory: "cy"}, "Manufactory"},
		{"water readings of a room", WaterReadingsRequest{RoomID: "r", Type: ColdWater}, ""},
		{"water readings backwards", WaterReadingsRequest{UUID: "u", Begin: night, End: noon}, "before its start"},
		{"water readings, negative page", WaterReadingsRequest{UUID: "u", Paging: Paging{Count: -1}}, "Count"},

		{"exceptions of no device", DeviceExceptionsRequest{}, "UUID"},
		{"exceptions backwards", DeviceExceptionsRequest{UUID: "u", Start: night, End: noon}, "before its start"},
		{"exceptions, negative page", DeviceExceptionsRequest{UUID: "u", Paging: Paging{Count: -1}}, "Count"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.req.validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error that speaks of %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "9876") || strings.Contains(err.Error(), "９８") {
				t.Errorf("the error repeats the code: %v", err)
			}
		})
	}
}

func below(d decimal.Decimal) *decimal.Decimal { d = d.Neg(); return &d }

func TestRefusedCodeSaysWhichRule(t *testing.T) {
	err := AddPasswordRequest{Locator: door, Password: lock.NewSecret("98765")}.validate()
	var rule *lock.PINError
	if !errors.As(err, &rule) || rule.Rule != lock.RuleLength {
		t.Errorf("got %v, want a *lock.PINError about the length", err)
	}
}

// onWireBody is what the request is as JSON.
func onWireBody(t *testing.T, req onWire, form codeForm) map[string]json.RawMessage {
	t.Helper()
	v, err := req.onWire("25a57b34b8a5bb7c", form)
	if err != nil {
		t.Fatal(err)
	}
	body, err := wire.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// A password is permanent at the vendor if either of the two times is empty, so they travel
// together or not at all, and never as zero.
func TestWindowTravelsWholeOrNotAtAll(t *testing.T) {
	part := 300 * time.Millisecond
	for _, tt := range []struct {
		name       string
		req        onWire
		begin, end string
	}{
		{"permanent", AddPasswordRequest{Locator: door, Password: pin}, "", ""},
		{"administrator", AddPasswordRequest{Locator: door, Password: pin, Admin: true}, "", ""},
		{"whole seconds", AddPasswordRequest{Locator: door, Password: pin, Begin: noon, End: night}, "1515988800", "1516032000"},
		{"parts of a second make it smaller", AddPasswordRequest{Locator: door, Password: pin, Begin: noon.Add(part), End: night.Add(part)}, "1515988801", "1516032000"},
		{"update to permanent", UpdatePasswordRequest{Locator: door, PasswordID: 1001, Permanent: true}, "", ""},
		{"update", UpdatePasswordRequest{Locator: door, PasswordID: 1001, Begin: noon.Add(part), End: night.Add(part)}, "1515988801", "1516032000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			members := onWireBody(t, tt.req, codeBase64)
			if begin, end := string(members["permission_begin"]), string(members["permission_end"]); begin != tt.begin || end != tt.end {
				t.Errorf("permission_begin, permission_end: got %q, %q; want %q, %q", begin, end, tt.begin, tt.end)
			}
		})
	}
}

func TestUpdateWithoutCodeSendsNone(t *testing.T) {
	for _, form := range []codeForm{codeBase64, codeHex, codePlain} {
		members := onWireBody(t, UpdatePasswordRequest{Locator: door, PasswordID: 0, Permanent: true}, form)
		want := []string{"password_id", "uuid"}
		if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, want) {
			t.Errorf("form %d: members %v, want %v", form, got, want)
		}
	}
}

func TestEarliestActivationEnd(t *testing.T) {
	day := func(hour, minute int) time.Time { return time.Date(2018, 1, 15, hour, minute, 0, 0, chinaStandardTime) }
	for _, tt := range []struct {
		name      string
		now, want time.Time
	}{
		{"the document's example", day(15, 28), day(17, 0)},
		{"on the hour", day(15, 0), day(17, 0)},
		{"before midnight", day(23, 59), day(25, 0)},
	} {
		if got := EarliestActivationEnd(tt.now); !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestPriceOfZeroIsSent(t *testing.T) {
	var free decimal.Decimal
	got, err := wire.Marshal(SetPowerPriceRequest{Locator: door, RoomPrice: &free})
	if want := `{"uuid":"u1","room_eleprice":0}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

// The vendor's later use takes other methods for some calls than the document says.
func TestMethodsCanBeSwitched(t *testing.T) {
	for _, tt := range []struct {
		call, query string
		send        func(context.Context, *Client) error
	}{
		{"/get_device_uuid", "sn=s1", func(ctx context.Context, c *Client) error {
			_, err := c.GetDeviceUUID(ctx, GetDeviceUUIDRequest{SN: "s1"})
			return err
		}},
		{"/get_device_info", "uuid=u1", func(ctx context.Context, c *Client) error {
			_, err := c.GetDeviceInfo(ctx, GetDeviceInfoRequest{UUID: "u1"})
			return err
		}},
		{"/count_meter_record", "begin=1515988800000&count=10&end=1516032000000&manufactory=cy&offset=20&uuid=u1", func(ctx context.Context, c *Client) error {
			_, err := c.CountWaterReadings(ctx, WaterReadingsRequest{UUID: "u1", Begin: noon, End: night, Paging: Paging{Offset: 20, Count: 10}})
			return err
		}},
		{"/count_meter_record", "room_id=r1&type=2", func(ctx context.Context, c *Client) error {
			_, err := c.CountWaterReadings(ctx, WaterReadingsRequest{RoomID: "r1", Type: HotWater})
			return err
		}},
	} {
		t.Run(tt.call+"?"+tt.query, func(t *testing.T) {
			var vendor accepting
			if err := tt.send(t.Context(), vendor.client(WithMethod(tt.call, http.MethodGet))); err != nil {
				t.Fatal(err)
			}
			sent := vendor.last
			query := sent.URL.Query()
			query.Del("access_token")
			if got := sent.Method + " " + sent.URL.Path + "?" + query.Encode(); got != "GET /openapi/v1"+tt.call+"?"+tt.query {
				t.Errorf("got %s, want GET /openapi/v1%s?%s", got, tt.call, tt.query)
			}
			if sent.Body != nil && sent.Body != http.NoBody {
				t.Error("the GET has a body")
			}
		})
	}
	// find_home_device and find_home_state are taken as POST too.
	var vendor accepting
	if _, err := vendor.client(WithMethod("/find_home_device", http.MethodPost)).FindHomeDevices(t.Context(), FindHomeDevicesRequest{HomeID: "h1"}); err != nil {
		t.Fatal(err)
	}
	if vendor.last.Method != http.MethodPost || vendor.last.URL.RawQuery != "" {
		t.Errorf("got %s with query %q, want POST without", vendor.last.Method, vendor.last.URL.RawQuery)
	}
}
