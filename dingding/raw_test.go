package dingding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// What the vendor said of one thing stays with it, wherever in the reply it stood.
func TestValuesKeepTheirBytes(t *testing.T) {
	type kept interface{ Raw() []byte }
	const thing = `{"uuid":"u1", "home_id":"h1", "extra":[1, {"a":null}]}`
	flat := `{"ErrNo":0, "ReqID":"q", "uuid":"u1", "extra":1.50}`
	in := func(member, value string) string { return `{"ErrNo":0, "ReqID":"q", "` + member + `": ` + value + ` }` }

	for _, tt := range []struct {
		name, reply, want string
		get               func(context.Context, *Client) (thing, reply kept, err error)
	}{
		{"gateway beside the code", flat, flat, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetGateway(ctx, HomeLocator{UUID: "u1"})
			return &r.Gateway, r, err
		}},
		{"lock beside the code", flat, flat, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetLock(ctx, door)
			return &r.Lock, r, err
		}},
		{"meter beside the code", flat, flat, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetMeter(ctx, door)
			return &r.Meter, r, err
		}},
		{"collector beside the code", flat, flat, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetCollector(ctx, HomeLocator{UUID: "u1"})
			return &r.Collector, r, err
		}},
		{"home", in("result", thing), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetHomeInfo(ctx, GetHomeInfoRequest{HomeID: "h1"})
			return &r.Result, r, err
		}},
		{"device of any kind", in("result", thing), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetDeviceInfo(ctx, GetDeviceInfoRequest{UUID: "u1"})
			return &r.Result, r, err
		}},
		{"ticket", in("ticket_info", thing), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetTicket(ctx, GetTicketRequest{TicketID: "t1"})
			return &r.TicketInfo, r, err
		}},
		{"water gateway", in("info", thing), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetWaterGateway(ctx, GetWaterGatewayRequest{UUID: "u1"})
			return &r.Info, r, err
		}},
		{"water meter", in("info", thing), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.GetWaterMeter(ctx, WaterMeterID{UUID: "u1"})
			return &r.Info, r, err
		}},
		{"home in a list", in("home_list", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.SearchHomes(ctx, SearchHomesRequest{})
			return &r.HomeList[0], r, err
		}},
		{"device of a home", in("result", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.FindHomeDevices(ctx, FindHomeDevicesRequest{HomeID: "h1"})
			return &r.Result[0], r, err
		}},
		{"device of one of several homes", in("result", `{"h1": [ `+thing+"]}"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.FindDevicesOfHomes(ctx, FindDevicesOfHomesRequest{HomeIDs: []string{"h1"}})
			return &r.Result["h1"][0], r, err
		}},
		{"gateway in a list", in("centers", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListGateways(ctx, ListGatewaysRequest{HomeID: "h1"})
			return &r.Centers[0], r, err
		}},
		{"password", in("passwords", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListPasswords(ctx, door)
			return &r.Passwords[0], r, err
		}},
		{"password keyed by id", in("passwords", `{"1001": `+thing+"}"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListPasswords(ctx, door)
			return &r.Passwords[0], r, err
		}},
		{"lock event", in("lock_events", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListLockEvents(ctx, ListLockEventsRequest{Locator: door})
			return &r.LockEvents[0], r, err
		}},
		{"operation", in("op_list", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.SearchOperations(ctx, SearchOperationsRequest{OperationFilter: OperationFilter{Locator: door}})
			return &r.OpList[0], r, err
		}},
		{"ticket in a list", in("home_ticket_list", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListHomeTickets(ctx, ListHomeTicketsRequest{HomeID: "h1", ServiceType: TicketRepair})
			return &r.HomeTicketList[0], r, err
		}},
		{"charge", in("history", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListMeterCharges(ctx, MeterPage{Locator: door})
			return &r.History[0], r, err
		}},
		{"reading", in("history", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListMeterReadings(ctx, MeterPage{Locator: door})
			return &r.History[0], r, err
		}},
		{"collector in a list", in("elecollectors", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListCollectors(ctx, HomeLocator{HomeID: "h1"})
			return &r.Elecollectors[0], r, err
		}},
		{"water reading", in("records", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListWaterReadings(ctx, WaterReadingsRequest{UUID: "u1"})
			return &r.Records[0], r, err
		}},
		{"exception", in("device_exceptions", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.ListDeviceExceptions(ctx, DeviceExceptionsRequest{UUID: "u1"})
			return &r.DeviceExceptions[0], r, err
		}},
		{"authorization", in("auth_infos", "[ "+thing+"]"), thing, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.AuthorizeRooms(ctx, AuthorizeRoomsRequest{Phone: phone, HomeID: "h1", RoomIDs: []string{"r1"}, AuthType: AuthManage})
			return &r.AuthInfos[0], r, err
		}},
		{"authorization that is a mere id", in("auth_infos", `[ "a1"]`), `"a1"`, func(ctx context.Context, c *Client) (kept, kept, error) {
			r, err := c.AuthorizeRooms(ctx, AuthorizeRoomsRequest{Phone: phone, HomeID: "h1", RoomIDs: []string{"r1"}, AuthType: AuthManage})
			return &r.AuthInfos[0], r, err
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vendor := accepting{reply: tt.reply}
			got, reply, err := tt.get(t.Context(), vendor.client())
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Raw()) != tt.want {
				t.Errorf("the value kept %s, want %s", got.Raw(), tt.want)
			}
			if string(reply.Raw()) != tt.reply {
				t.Errorf("the reply kept %s, want %s", reply.Raw(), tt.reply)
			}
		})
	}
}

func TestReplyWithoutPayloadIsThereAllTheSame(t *testing.T) {
	vendor := accepting{reply: `{"ErrNo":0,"ErrMsg":"","ReqID":"7b52b31026"}`}
	c := vendor.client()
	reply, err := c.UpdateRoom(t.Context(), UpdateRoomRequest{HomeID: "h1", RoomID: "r1", Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	if reply.RequestID != "7b52b31026" || string(reply.Raw()) != vendor.reply {
		t.Errorf("got request %q, raw %s", reply.RequestID, reply.Raw())
	}
	accepted, err := c.SyncMeter(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	if accepted.RequestID != "7b52b31026" || accepted.ServiceID != "" {
		t.Errorf("got request %q, service %q; want no service", accepted.RequestID, accepted.ServiceID)
	}
}

func TestCodesDoNotShowInPrint(t *testing.T) {
	vendor := accepting{reply: `{"ErrNo":0,"id":3025,"password":"246810","code":"12345678901","access_token":"0f1e2d3c4b5a6978"}`}
	c := vendor.client()
	admin, err := c.GetAdminPassword(t.Context(), door)
	if err != nil {
		t.Fatal(err)
	}
	activation, err := c.AddActivationCode(t.Context(), AddActivationCodeRequest{Locator: door, Kind: ActivationAdmin, Phone: phone, Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.GetAppToken(t.Context(), GetAppTokenRequest{Phone: phone})
	if err != nil {
		t.Fatal(err)
	}
	if admin.Password.Reveal() != "246810" || activation.Code.Reveal() != "12345678901" || token.AccessToken.Reveal() != "0f1e2d3c4b5a6978" {
		t.Fatal("the codes were not read")
	}
	text := fmt.Sprintf("%v %+v %#v %v %+v %#v %v %+v %#v", admin, admin, admin, activation, activation, activation, token, token, token)
	for _, code := range []string{"246810", "12345678901", "0f1e2d3c4b5a6978"} {
		if strings.Contains(text, code) {
			t.Errorf("%s shows in print", code)
		}
	}
}

// A password that is filed by its id and does not repeat it keeps it.
func TestPasswordsFiledByID(t *testing.T) {
	var resp ListPasswordsResponse
	if err := wire.Unmarshal([]byte(`{"passwords":{"1003":{"name":"b"},"1002":{"id":1002,"name":"a"},"0":{"name":"local"}}}`), &resp); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, p := range resp.Passwords {
		got = append(got, p.ID)
	}
	if want := []int{0, 1002, 1003}; !slices.Equal(got, want) {
		t.Errorf("got ids %v, want %v", got, want)
	}
}
