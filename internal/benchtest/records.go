package benchtest

import (
	"fmt"
	"net/http"
	"strings"
)

// LockRecords is a reply with n locks in it, about 300 bytes each.
func LockRecords(n int) []byte {
	records := make([]string, n)
	for i := range records {
		records[i] = fmt.Sprintf(`{"uuid":"%032x","home_id":"home-%d","room_id":"room-%d","description":"front door %d","model":"D2","mac":"58:a8:39:00:00:%02x","hardware_version":"1.4.2","power":%d,"onoff":true,"refresh_time":%d,"signal":-%d}`,
			i*7919, i/4, i, i, i%256, 100-i%100, 1700000000000+i, 40+i%50)
	}
	return []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","locks":[` + strings.Join(records, ",") + `]}`)
}

// Added is the reply to a call that adds something.
const Added = `{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","password_id":991}`

// Vendor answers /small with one lock, /page with fifty, and everything else with Added.
func Vendor() http.Handler {
	small, page, added := LockRecords(1), LockRecords(50), []byte(Added)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := added
		switch r.URL.Path {
		case "/small":
			reply = small
		case "/page":
			reply = page
		}
		w.Header()["Content-Type"] = mediaType
		_, _ = w.Write(reply) // the caller sees that it is cut short
	})
}

// Lock is a record of LockRecords as somebody decodes it by hand.
type Lock struct {
	ID       string `json:"uuid"`
	Home     string `json:"home_id"`
	Room     string `json:"room_id"`
	Name     string `json:"description"`
	Model    string `json:"model"`
	MAC      string `json:"mac"`
	Version  string `json:"hardware_version"`
	Power    int    `json:"power"`
	Online   bool   `json:"onoff"`
	Refresh  int64  `json:"refresh_time"`
	SignalDB int    `json:"signal"`
}

// Reply is the whole reply as somebody decodes it by hand.
type Reply struct {
	ErrNo  *int   `json:"ErrNo"`
	ErrMsg string `json:"ErrMsg"`
	ReqID  string `json:"ReqID"`
	Locks  []Lock `json:"locks"`
	ID     int64  `json:"password_id"`
}

// Add is the body of a call that adds something, as somebody writes it by hand.
type Add struct {
	Home  string `json:"home_id"`
	Door  string `json:"uuid"`
	Code  string `json:"password"`
	Begin int64  `json:"permission_begin,omitempty"`
	End   int64  `json:"permission_end,omitempty"`
}
