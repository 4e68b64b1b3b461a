package dingdingtest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSignatures(t *testing.T) {
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var vectors struct {
		Sign struct {
			Cases []struct {
				Name string `json:"name"`
				URL  string `json:"callback_url"`
				Body string `json:"body"`
				Sign string `json:"sign"`
			} `json:"cases"`
		} `json:"callback_sign"`
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.Len(t, vectors.Sign.Cases, 11)
	for _, v := range vectors.Sign.Cases {
		t.Run(v.Name, func(t *testing.T) {
			assert.Equal(t, v.Sign, signature(v.URL, []byte(v.Body)), "the test's own way")
			p, err := parsePairs(v.Body)
			require.NoError(t, err)
			assert.Equal(t, v.Sign, p.sign(v.URL))
		})
	}
}

// statuses answers callbacks with these statuses, then with the last one.
func statuses(list ...int) func(int) int {
	return func(n int) int { return list[min(n, len(list))-1] }
}

func TestRetries(t *testing.T) {
	times := func(s *Server, name string) []time.Duration {
		var all []time.Duration
		for i, d := range s.Deliveries(name) {
			all = append(all, d.Time.Sub(s.Deliveries(name)[0].Time))
			assert.Equal(t, i+1, d.Attempt)
		}
		return all
	}
	minutes := func(list ...int) []time.Duration {
		var all []time.Duration
		for _, m := range list {
			all = append(all, time.Duration(m)*time.Minute)
		}
		return all
	}
	t.Run("events five times", func(t *testing.T) {
		s, _, door, h := doorway(t)
		h.answer = statuses(500)
		s.Tamper(door)
		s.Settle()
		assert.Equal(t, minutes(0), times(s, "brokenAlarm"), "Settle is for the first")
		s.Advance(48 * time.Hour)
		assert.Equal(t, minutes(0, 1, 6, 16, 46), times(s, "brokenAlarm"))
	})
	t.Run("results of services seven times", func(t *testing.T) {
		s, c, door, h := doorway(t)
		h.answer = statuses(500)
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
		s.Advance(48 * time.Hour)
		assert.Equal(t, minutes(0, 2, 12, 22, 82, 442, 1342), times(s, "Password_Add_Service"))
	})
	t.Run("until one is answered with 2xx, each the same to the byte", func(t *testing.T) {
		s, _, door, h := doorway(t)
		h.answer = statuses(302, 404, 204)
		s.Tamper(door)
		s.Advance(48 * time.Hour)
		got := s.Deliveries()
		require.Len(t, got, 3)
		assert.Equal(t, []int{302, 404, 204}, []int{got[0].Status, got[1].Status, got[2].Status})
		assert.Equal(t, got[0].Body, got[2].Body)
		require.Len(t, h.bodies, 3, "a redirect is not followed")
		assert.Equal(t, h.bodies[0], h.bodies[1])
		assert.Equal(t, h.bodies[0], string(got[2].Body))
		assert.Equal(t, h.URL+"/events", got[0].URL)
	})
	t.Run("no receiver is no answer", func(t *testing.T) {
		s, _, door, h := doorway(t)
		h.Close()
		s.Tamper(door)
		s.Advance(48 * time.Hour)
		got := s.Deliveries("brokenAlarm")
		require.Len(t, got, 5)
		assert.Equal(t, 0, got[4].Status)
	})
	t.Run("a URL that is none is no answer", func(t *testing.T) {
		s, _, door, _ := doorway(t)
		s.SetCallbackURL("://", "")
		s.Tamper(door)
		s.Settle()
		assert.Equal(t, 0, s.Deliveries("brokenAlarm")[0].Status)
	})
	t.Run("an answer that breaks off is none", func(t *testing.T) {
		s, _, door, _ := doorway(t)
		broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("{"))
		})
		url := serve(t, broken)
		s.SetCallbackURL(url, url)
		s.Tamper(door)
		s.Settle()
		assert.Equal(t, 0, s.Deliveries("brokenAlarm")[0].Status)
	})
	t.Run("they end with the simulator", func(t *testing.T) {
		s, _, door, _ := doorway(t)
		asked, hang := make(chan struct{}), make(chan struct{})
		url := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(asked)
			<-hang
		}))
		s.SetCallbackURL(url, url)
		s.Tamper(door)
		<-asked
		s.Close()
		close(hang)
		assert.Len(t, s.Deliveries("brokenAlarm"), 1)
	})
}

func TestTrouble(t *testing.T) {
	t.Run("duplicates", func(t *testing.T) {
		s, _, door, h := doorway(t)
		s.Trouble(CallbackTrouble{Duplicates: 2})
		s.Tamper(door)
		got := h.take(s)
		require.Len(t, got, 3)
		assert.Equal(t, got[0], got[2])
	})
	t.Run("delay", func(t *testing.T) {
		s, _, door, h := doorway(t)
		s.Trouble(CallbackTrouble{Delay: time.Hour})
		s.Tamper(door)
		s.Advance(time.Hour - time.Second)
		assert.Empty(t, s.Deliveries())
		assert.Equal(t, n(int(epoch.UnixMilli())), h.only(s)["time"], "Settle waits for it; it tells when it happened")
		assert.Equal(t, epoch.Add(time.Hour), s.Deliveries()[0].Time)
	})
	t.Run("reorder", func(t *testing.T) {
		s, _, door, h := doorway(t)
		s.Trouble(CallbackTrouble{Reorder: true})
		h.take(s)
		for _, code := range []int{1, 2, 3, 4, 5} {
			s.Emit("x", params{"n": code})
		}
		var order []string
		for _, r := range h.take(s) {
			order = append(order, r.num("n"))
		}
		assert.Equal(t, []string{"2", "4", "1", "3", "5"}, order)
		_ = door
	})
	t.Run("suppress, for ever", func(t *testing.T) {
		s, c, door, h := doorway(t)
		s.Trouble(CallbackTrouble{Suppress: true})
		c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
		s.Settle()
		s.Trouble(CallbackTrouble{})
		s.Advance(48 * time.Hour)
		assert.Empty(t, h.take(s))
		assert.True(t, s.EnterCode(door, "135790"), "the work is done all the same")
		assert.Len(t, h.take(s), 1)
	})
}

func TestCallbackURLs(t *testing.T) {
	s, c, door, h := doorway(t)
	s.SetCallbackURL("", h.URL+"/services")
	s.Tamper(door)
	c.ok(c.post("add_password", at(door).plus(params{"is_default": 0, "password": "135790"})))
	assert.Equal(t, "Password_Add_Service", h.only(s)["service"])
	s.SetCallbackURL(h.URL+"/events", "")
	s.Tamper(door)
	c.ok(c.post("delete_password", at(door).plus(params{"password_id": 1001})))
	assert.Equal(t, "brokenAlarm", h.only(s)["event"])
}

func TestEmit(t *testing.T) {
	s, _, door, h := doorway(t)
	t.Run("an event", func(t *testing.T) {
		s.Emit("doorSensorOpen", params{"uuid": string(door), "detail": params{"state": "open"}, "manufactory": nil})
		got := h.only(s)
		assert.Equal(t, []any{"doorSensorOpen", n(int(s.Clock().Now().UnixMilli())), map[string]any{"state": "open"}, "201", nil},
			[]any{got["event"], got["time"], got["detail"], got["nickname"], got["manufactory"]})
		assert.Contains(t, got, "manufactory")
		assert.NotEmpty(t, got["home_id"])
		assert.NotEmpty(t, got["room_id"])
	})
	t.Run("of no device, at another time", func(t *testing.T) {
		s.Emit("installerSubmit", params{"uuid": "", "time": 0})
		got := h.only(s)
		assert.Equal(t, reply{"event": "installerSubmit", "uuid": "", "time": n(0), "sign": got["sign"]}, got)
	})
	t.Run("a result", func(t *testing.T) {
		s.EmitService("BLE_Add_Service", params{"uuid": string(door), "result": params{"ErrNo": 1000}})
		got := h.only(s)
		assert.Equal(t, []any{"BLE_Add_Service", map[string]any{"ErrNo": n(1000)}}, []any{got["service"], got["result"]})
		assert.NotEmpty(t, got.str("serviceid"))
		assert.NotContains(t, got, "nickname")
		s.EmitService("BLE_Add_Service", params{"serviceid": 7})
		assert.Equal(t, n(7), h.only(s)["serviceid"], "an Int, as the table has it")
	})
	t.Run("JSON as it stands", func(t *testing.T) {
		s.EmitJSON(`{ "uuid":"7a27", "event":"elemeterHistory", "histories":[{"uuid":"2aa7","time":1518048000000,"eventid":2,"amount":690.45,"note":"\u5f20"}] }`)
		s.Settle()
		require.Len(t, h.bodies, 1)
		assert.True(t, strings.HasPrefix(h.bodies[0], `{"uuid":"7a27","event":"elemeterHistory","histories":[{"uuid":"2aa7","time":1518048000000,"eventid":2,"amount":690.45,"note":"\u5f20"}],"sign":"`), h.bodies[0])
		h.take(s)
		s.EmitJSON(`{"service":"Watermeter_Read_Service","serviceid":"1"}`)
		assert.Equal(t, "Watermeter_Read_Service", h.only(s)["service"])
	})
	t.Run("JSON with a signature of its own", func(t *testing.T) {
		var got string
		url := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var body reply
			assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
			got = body.str("sign")
		}))
		s.SetCallbackURL(url, url)
		s.EmitJSON(`{"event":"brokenAlarm","sign":"forged"}`)
		s.Settle()
		assert.Equal(t, "forged", got)
	})
}

func TestDeliveriesPrintNoSecrets(t *testing.T) {
	s, _, door, h := doorway(t)
	s.AddLocalPassword(door, "135790")
	h.take(s)
	d := s.Deliveries("pwdAddLocal")
	require.Len(t, d, 1)
	require.Contains(t, string(d[0].Body), "135790")
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "d", d[0])
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "d", d)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		fmt.Fprintf(&log, verb, d)
	}
	assert.NotContains(t, log.String(), "135790")
	assert.Contains(t, log.String(), "pwdAddLocal, delivery 1, answered 200")
}

func TestOldDeliveriesAreForgotten(t *testing.T) {
	s, _, _, h := doorway(t)
	h.take(s)
	s.mu.Lock()
	s.deliveries = make([]Delivery, keptDeliveries)
	s.mu.Unlock()
	s.Emit("x", nil)
	s.Settle()
	got := s.Deliveries()
	assert.Len(t, got, keptDeliveries/2+1)
	assert.Equal(t, "x", got[len(got)-1].Name)
}

// A receiver may call the simulator while it is being called.
func TestReceiverThatCallsBack(t *testing.T) {
	s, c, door, _ := doorway(t)
	url := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.ok(c.get("fetch_passwords", at(door)))
		s.SetBattery(door, 50)
		s.SetCallbackURL("", "")
	}))
	s.SetCallbackURL(url, url)
	s.Tamper(door)
	s.Settle()
	assert.Len(t, s.Deliveries("batteryAsync"), 1)
}
