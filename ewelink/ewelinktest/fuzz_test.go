package ewelinktest

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// furnished is a simulator with things in it, and a session of its account.
func furnished(f *testing.F) (*Server, *session, Furniture) {
	f.Helper()
	s := NewServer(WithFrozenClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), WithSeed(7))
	f.Cleanup(s.Close)
	furniture := s.Furnish()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, s.begin(must(s.userOf(s.Account)), s.apps[0]), furniture
}

// Whatever a client sends through a socket, the cloud does not break, and what it answers is JSON.
func FuzzFrames(f *testing.F) {
	s, live, things := furnished(f)
	for _, frame := range []string{
		`ping`, `{}`, `[]`, `null`, `{"action":"userOnline","at":"x","apikey":"k","appid":"a","nonce":"abcd1234","userAgent":"app","sequence":"1"}`,
		`{"action":"update","deviceid":"FRONT","apikey":"KEY","userAgent":"app","sequence":"2","params":{"switch":"on","timers":[{"mId":"a"}]}}`,
		`{"action":"update","deviceid":"STRIP","apikey":"KEY","userAgent":"app","sequence":2,"params":{"switches":[{"outlet":0,"switch":"on"}]}}`,
		`{"action":"update","deviceid":"METER","apikey":"KEY","userAgent":"app","sequence":"3","params":[{"getHoursKwh":{"start":0,"end":9}}]}`,
		`{"action":"query","deviceid":"FRONT","apikey":"KEY","userAgent":"app","sequence":"4","params":[]}`,
		`{"action":"upgrade","deviceid":"FRONT","apikey":"KEY","userAgent":"app","sequence":"5","params":{"binList":[{}]}}`,
	} {
		f.Add(frame, true)
		f.Add(frame, false)
	}
	names := strings.NewReplacer("FRONT", string(things.Front), "STRIP", string(things.Strips), "METER", string(things.Hourly), "KEY", live.user.apikey)
	f.Fuzz(func(t *testing.T, text string, signedIn bool) {
		k := &socket{heard: s.now(), life: make(chan struct{}, 1), more: make(chan struct{}, 1), done: make(chan struct{})}
		if signedIn {
			k.session = live
		}
		s.hear(k, []byte(names.Replace(text)))
		for _, out := range k.out {
			if string(out.text) != "pong" && !json.Valid(out.text) {
				t.Errorf("the answer is no JSON: %s", out.text)
			}
		}
	})
}

// Whatever the body of a call is, the answer is an envelope.
func FuzzBodies(f *testing.F) {
	s, _, things := furnished(f)
	for _, body := range []string{
		`{}`, `[]`, ``, `{"type":1,"id":"FRONT","params":{"switch":"on"}}`, `{"thingList":[{"type":1,"id":"FRONT","params":{"pulses":[]}}],"timeout":10}`,
		`{"name":"n","sort":1,"roomNameList":["a"]}`, `{"deviceidList":["FRONT"],"user":{"email":"tenant@example.com"},"permit":15}`,
		`{"name":"g","mainDeviceId":"FRONT","deviceidList":["FRONT"]}`, `{"getThing":{"num":1},"getMessage":{}}`, `{"deviceid":"FRONT","tags":{"a":1}}`,
	} {
		for i := range endpoints {
			f.Add(i, body)
		}
	}
	names := strings.NewReplacer("FRONT", string(things.Front))
	f.Fuzz(func(t *testing.T, i int, body string) {
		e := endpoints[uint(i)%uint(len(endpoints))]
		s.mu.Lock()
		live := s.sessionOf(must(s.userOf(s.Account)), s.apps[0])
		s.mu.Unlock()
		r := httptest.NewRequest(e.method, e.path, bytes.NewReader([]byte(names.Replace(body))))
		r.Header.Set("Authorization", "Bearer "+live.at)
		r.Header.Set("X-CK-Appid", s.AppID)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.serve(w, r)
		var reply struct {
			Error *int            `json:"error"`
			Msg   *string         `json:"msg"`
			Data  json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || reply.Error == nil || reply.Msg == nil || reply.Data == nil {
			t.Errorf("%s %s: got %s", e.method, e.path, w.Body)
		}
	})
}
