package tuyatest

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
)

// Whatever a client with good credentials sends, it is answered: with a result that is JSON or with
// a code.
func FuzzEndpoints(f *testing.F) {
	f.Add(uint8(3), "page_no=1&page_size=10&codes=unlock_card", "{}")
	f.Add(uint8(21), "", `{"name":"x","password":"00","password_type":"ticket","ticket_id":"1","effective_time":1,"invalid_time":2}`)
	f.Add(uint8(4), "", `{"permanent":false,"effective_time":"1","expired_time":2,"schedule_details":[{"start_minute":1,"end_minute":2,"working_day":1}]}`)
	f.Add(uint8(36), "", `{"type":"multiple","effective_time":-9223372036854775808,"invalid_time":9223372036854775807}`)
	f.Add(uint8(47), "start_time=-9223372036854775808&end_time=9223372036854775807&page_no=9223372036854775807&page_size=100", "")
	f.Add(uint8(70), "", `{"commands":[{"code":"automatic_lock","value":{}}]}`)
	s := NewServer(WithFrozenClock(noon), WithSeed(7))
	f.Cleanup(s.Close)
	furniture := s.Furnish()
	s.mu.Lock()
	opmode := s.lockNamed(furniture.Front).door.methods[0].opmode
	s.mu.Unlock()
	path := fields{
		"device_id": string(furniture.Front), "user_id": furniture.LiLei, "user_ids": furniture.LiLei, "uid": s.UID, "home_id": string(furniture.House),
		"room_id": "1", "password_id": string(furniture.Guest), "user_type": "1", "unlock_type": "card", "unlock_no": "1", "unlock_sn": "1",
		"opmode_id": strconv.FormatInt(opmode, 10), "attribute": "1", "refresh_token": "x", "schema": "x",
	}
	f.Fuzz(func(t *testing.T, which uint8, query, body string) {
		e := endpoints[int(which)%len(endpoints)]
		r := httptest.NewRequest(e.method, "/", nil)
		r.URL = &url.URL{Path: "/", RawQuery: query}
		s.mu.Lock()
		defer s.mu.Unlock()
		in, err := s.parameters(&e, r, []byte(body), path)
		var result any
		if err == nil {
			result, err = e.serve(s, in)
		}
		if err != nil {
			if ref := (*refusal)(nil); !errors.As(err, &ref) || ref.code == 0 {
				t.Errorf("%s %s: got %v, want a refusal with a code", e.method, e.path, err)
			}
			return
		}
		if _, err := json.Marshal(result); err != nil {
			t.Errorf("%s %s: got a result that is no JSON: %v", e.method, e.path, err)
		}
	})
}
