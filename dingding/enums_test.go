package dingding

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-querystring/query"
)

func TestEnumerationsNameTheirValues(t *testing.T) {
	for _, tt := range []struct {
		value fmt.Stringer
		want  string
	}{
		{HomeDispersed, "dispersed"}, {HomeType(9), "9"},
		{HomeManageable, "manageable"}, {HomeState(0), "0"},
		{InstallUnassigned, "unassigned"}, {InstallState(1), "1"},
		{KindHomeLock, "home_lock"}, {DeviceKind("doorbell"), "doorbell"},
		{DeviceCollector, "collector"}, {DeviceType(2), "2"},
		{SignalAll, "all"}, {SignalTarget("8"), "8"},
		{Offline, "offline"}, {LineState(-1), "-1"},
		{PasswordNormal, "normal"}, {PasswordRole(2), "2"},
		{PasswordPending, "pending"}, {PasswordState(6), "6"},
		{OpUnfreeze, "unfreeze"}, {PasswordOperation(6), "6"},
		{StageFailed, "failed"}, {Stage(4), "4"},
		{PermissionOutOfRange, "outside its window"}, {PermissionState(3), "3"},
		{PermissionPermanent, "permanent"}, {PermissionStatus(3), "3"},
		{LockEventOpen, "open"}, {LockEventID(21), "21"},
		{SourcePassword, "password"}, {UnlockSource(7), "7"},
		{ActivationStaff, "staff"}, {ActivationKind(4), "4"},
		{OpIDSwitchMeterOff, "switch meter off"}, {OpID("20002"), "20002"},
		{TargetMeter, "electricity meter"}, {TicketTarget(4), "4"},
		{TicketRepair, "repair"}, {TicketType(3), "3"},
		{TicketClosed, "closed"}, {TicketState(6), "6"},
		{VisitEvening, "evening"}, {VisitTime("1464998400000"), "1464998400000"},
		{BreakerUnknown, "unknown"}, {BreakerState(3), "3"},
		{CommFailed, "failed"}, {CommState(3), "3"},
		{MeterTrip, "switch off"}, {MeterOperation(10), "10"},
		{PriceOfRoom, "price of the room"}, {PriceMode(4), "4"},
		{BasisRoom, "price of the room"}, {PriceBasis(3), "3"},
		{Postpaid, "post-paid"}, {PayType(3), "3"},
		{ForcedOffEnd, "end"}, {ForcedOff(3), "3"},
		{AuthManage, "manage"}, {AuthType(3), "3"},
		{ReadingFailed, "failed"}, {WaterReadingState(4), "4"},
		{HotWater, "hot water"}, {WaterType(3), "3"},
		{ExceptionMeterOverPower, "over power"}, {ExceptionType(9999), "9999"},
		{OriginIssued, "issued"}, {PasswordOrigin(99), "99"},
	} {
		if got := tt.value.String(); got != tt.want {
			t.Errorf("%T: got %q, want %q", tt.value, got, tt.want)
		}
	}
}

func TestQueriesCarryTheVendorsValues(t *testing.T) {
	in := struct {
		OpID OpID       `url:"op_id,omitempty"`
		Type TicketType `url:"service_type"`
		Kind WaterType  `url:"type,omitempty"`
		None OpID       `url:"none,omitempty"`
	}{OpID: OpIDSendPassword, Type: TicketRepair, Kind: HotWater}
	got, err := query.Values(in)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"op_id": {"20001"}, "service_type": {"2"}, "type": {"2"}}
	if got.Encode() != want.Encode() {
		t.Errorf("query: got %s, want %s", got.Encode(), want.Encode())
	}
}

func TestPasswordIDSaysWhereThePasswordCameFrom(t *testing.T) {
	for _, tt := range []struct {
		first, last int
		want        PasswordOrigin
	}{
		{0, 99, OriginLocal},
		{999, 999, OriginAdmin},
		{1001, 1050, OriginIssued},
		{2014, 2016, OriginDynamic},
		{3000, 3000, OriginAdminActivation},
		{3001, 3024, OriginStaffActivation},
		{3025, 3048, OriginTenantActivation},
	} {
		for _, id := range []int{tt.first, tt.last} {
			if got := PasswordOriginOf(id); got != tt.want {
				t.Errorf("id %d: got %v, want %v", id, got, tt.want)
			}
		}
	}
	for _, id := range []int{-1, 100, 998, 1000, 1051, 2013, 2017, 2999, 3049} {
		if got := PasswordOriginOf(id); got != OriginUnknown {
			t.Errorf("id %d, of no range: got %v, want %v", id, got, OriginUnknown)
		}
	}
}
