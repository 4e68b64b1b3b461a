package yeeuu

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wiretest"
	"github.com/smartlock-sdk/smartlock/lock"
)

func TestEndpoints(t *testing.T) {
	wiretest.Run(t, newEndpointClient, endpoints(),
		wiretest.Envelope("", "success", "desc"),
		wiretest.Mask("nonstr", "token"),
		wiretest.Ignore("device_query_cycle_password", "code"), // where the code stands is not known
		wiretest.Ignore("device_logs", "records"),              // nor how the log looks
	)
}

func TestEveryEndpointHasARow(t *testing.T) { wiretest.Complete(t, ".", endpoints()) }

var (
	front = Door{Code: "x0001", Building: "b1", Type: Main}
	inner = Door{Code: "x/0001 A", Type: Inner, Name: "甲"}
	phone = lock.NewSecret("13800000001")
	pin   = lock.NewSecret("13579024")
	noon  = time.Date(2018, 1, 15, 4, 0, 0, 0, time.UTC) // in China
	night = noon.Add(12 * time.Hour)
)

// endpoints has a row for every endpoint, with every field of its request set; where requests come
// in several shapes, a row for each. What is sent and what is read out of the answer stand in
// testdata; see the README there.
func endpoints() []wiretest.Row[*Client] {
	period := Period{noon.Add(-time.Nanosecond), night.Add(999 * time.Millisecond)} // travels as noon to night
	logs := func(req ListOpenLogsRequest) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.ListOpenLogs(ctx, req) }
	}
	count := func(req CountOpenLogPagesRequest) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.CountOpenLogPages(ctx, req) }
	}
	return []wiretest.Row[*Client]{
		{Endpoint: "POST /apartments/synchronize_apartments", Name: "synchronize_apartments", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SyncApartments(ctx, SyncApartmentsRequest{ApartmentList{{
				BuildingID: "xx", BuildingName: "xxx", BuildingNo: "1", CityID: "1", DistrictID: "1", ProvinceID: "1", Code: "x0001",
				Door: "甲", DoorType: Main, Name: "2501", Unit: "test",
			}}})
		}},
		{Endpoint: "POST /apartments/synchronize_apartments", Name: "synchronize_apartments_more", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SyncApartments(ctx, SyncApartmentsRequest{ApartmentList{
				{Code: "x0001", DoorType: Main, Name: `A & B <"2501">`, HouseID: "h1", DoorID: "d1", Floor: "25"},
				{Code: "x0001", DoorType: Inner, Door: "乙"},
			}})
		}},
		{Endpoint: "POST /apartments/{code}/auth", Name: "auth", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.Authorize(ctx, AuthorizeRequest{front, period, "房东", "李雷", phone})
		}},
		{Endpoint: "POST /apartments/{code}/auth", Name: "auth_inner", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.Authorize(ctx, AuthorizeRequest{inner, period, "房东", "李雷", phone})
		}},
		{Endpoint: "POST /apartments/{code}/delete_auth", Name: "delete_auth", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RevokeAuthorization(ctx, RevokeAuthorizationRequest{front, phone})
		}},
		{Endpoint: "POST /apartments/{code}/remote_action", Name: "remote_action", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.OpenDoor(ctx, OpenDoorRequest{front, phone})
		}},
		{Endpoint: "POST /apartments/{code}/generate_password", Name: "generate_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetPassword(ctx, SetPasswordRequest{inner, period, "房东", "李雷", phone, pin})
		}},
		{Endpoint: "POST /apartments/{code}/remove_password", Name: "remove_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.RemovePassword(ctx, RemovePasswordRequest{inner, phone})
		}},
		{Endpoint: "GET /apartments/{code}/get_device_logs", Name: "get_device_logs", Call: logs(ListOpenLogsRequest{front, 3, 20})},
		{Endpoint: "GET /apartments/{code}/get_device_logs", Name: "get_device_logs_odd", Call: logs(ListOpenLogsRequest{inner, 1, 50})},
		{Endpoint: "GET /apartments/{code}/get_device_logs", Name: "get_device_logs_none", Call: logs(ListOpenLogsRequest{front, 1, 50})},
		{Endpoint: "GET /apartments/{code}/get_device_logs", Name: "get_device_logs_object", Call: logs(ListOpenLogsRequest{front, 1, 50})},
		{Endpoint: "GET /apartments/{code}/get_device_logs_page_count", Name: "get_device_logs_page_count", Call: count(CountOpenLogPagesRequest{inner, 20})},
		{Endpoint: "GET /apartments/{code}/get_device_logs_page_count", Name: "get_device_logs_page_count_number", Call: count(CountOpenLogPagesRequest{front, 1})},

		// The second interface.
		{Endpoint: "POST /v1/locks", Name: "device_open", Call: func(ctx context.Context, c *Client) (any, error) { return c.OpenDevice(ctx, "sn/1") }},
		{Endpoint: "GET /v1/locks/{sn}/getState", Name: "device_state", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetDeviceState(ctx, "sn1")
		}},
		{Endpoint: "GET /v1/locks/{sn}/ext_password", Name: "device_ext_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetDevicePassword(ctx, SetDevicePasswordRequest{
				SN: "sn/1", Index: 7, Password: pin, Type: 1, Start: period.Start, End: period.End, Action: "1", Times: 3,
			})
		}},
		{Endpoint: "GET /v1/locks/{sn}/ext_password", Name: "device_ext_password_plain", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.SetDevicePassword(ctx, SetDevicePasswordRequest{SN: "sn1", Password: pin, Type: 2})
		}},
		{Endpoint: "GET /v1/locks/{sn}/operation_password", Name: "device_operation_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.DeleteDevicePassword(ctx, "sn1", 7)
		}},
		{Endpoint: "GET /v1/locks/{sn}/modify_password_property", Name: "device_modify_password_property", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ModifyDevicePassword(ctx, "sn1", 0, "1")
		}},
		{Endpoint: "GET /v1/locks/{sn}/query_cycle_password", Name: "device_query_cycle_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.GetDeviceCyclePassword(ctx, "sn1")
		}},
		{Endpoint: "GET /v1/locks/{sn}/clear_all_password", Name: "device_clear_all_password", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ClearDevicePasswords(ctx, "sn1")
		}},
		{Endpoint: "GET /v1/locks/{sn}/logs/{from}/{to}", Name: "device_logs", Call: func(ctx context.Context, c *Client) (any, error) {
			return c.ListDeviceLogs(ctx, "sn1", night.Add(-24*time.Hour), night) // the next day in China
		}},
	}
}

func newEndpointClient(_ *testing.T, hc *http.Client) *Client {
	return New("partner-1", "s3cr3tAB", WithDeviceKey(lock.NewSecret("k3y")), lock.WithHTTPClient(hc), lock.WithClock(fixedClock{}))
}

// fixedClock stands still; nothing sleeps on it.
type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.Unix(1464685284, 999) }

func (fixedClock) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
