package wire

import (
	stdjson "encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/smartlock-sdk/smartlock/lock"
)

// The same reply as our types and as a hand-written client would read it.
type benchLock struct {
	ID       lock.DeviceID `json:"uuid"`
	Home     lock.HomeID   `json:"home_id"`
	Room     lock.RoomID   `json:"room_id"`
	Name     string        `json:"description"`
	Model    string        `json:"model"`
	MAC      string        `json:"mac"`
	Version  string        `json:"hardware_version"`
	Power    int           `json:"power"`
	Online   bool          `json:"onoff"`
	Refresh  time.Time     `json:"refresh_time"`
	Created  time.Time     `json:"created_at"`
	SignalDB int           `json:"signal"`
}

type stdLock struct {
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
	Created  int64  `json:"created_at"`
	SignalDB int    `json:"signal"`
}

type benchReply[T any] struct {
	ErrNo  Code   `json:"ErrNo"`
	ErrMsg string `json:"ErrMsg"`
	ReqID  string `json:"ReqID"`
	Embed  T      `json:",embed,inline"`
}

type benchOne struct {
	Lock benchLock `json:"lock"`
}

type benchPage struct {
	Total int         `json:"total"`
	Locks []benchLock `json:"locks"`
}

type stdOne struct {
	ErrNo  int     `json:"ErrNo"`
	ErrMsg string  `json:"ErrMsg"`
	ReqID  string  `json:"ReqID"`
	Lock   stdLock `json:"lock"`
}

type stdPage struct {
	ErrNo  int       `json:"ErrNo"`
	ErrMsg string    `json:"ErrMsg"`
	ReqID  string    `json:"ReqID"`
	Total  int       `json:"total"`
	Locks  []stdLock `json:"locks"`
}

func benchRecord(i int) string {
	return fmt.Sprintf(`{"uuid":"%032x","home_id":"home-%d","room_id":"room-%d","description":"front door %d","model":"D2","mac":"58:a8:39:00:00:%02x","hardware_version":"1.4.2","power":%d,"onoff":true,"refresh_time":%d,"created_at":%d,"signal":-%d}`,
		i*7919, i/4, i, i, i, 100-i%100, 1700000000+i, 1600000000+i, 40+i%50)
}

// smallReply is about 300 bytes, pageReply about 15 KB.
func smallReply() []byte {
	return []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","lock":` + benchRecord(1) + `}`)
}

func pageReply() []byte {
	records := make([]string, 50)
	for i := range records {
		records[i] = benchRecord(i)
	}
	return []byte(`{"ErrNo":0,"ErrMsg":"","ReqID":"f6a1c2d3e4b5","total":50,"locks":[` + strings.Join(records, ",") + `]}`)
}

func benchDecode[T any](b *testing.B, data []byte, decode func([]byte, any) error) {
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		var v T
		if err := decode(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	small, page := smallReply(), pageReply()
	b.Run("small/wire", func(b *testing.B) { benchDecode[benchReply[*benchOne]](b, small, Unmarshal) })
	b.Run("small/wire, second pass", func(b *testing.B) {
		odd := []byte(strings.Replace(string(small), `"signal":-41`, `"signal":"-41"`, 1))
		benchDecode[benchReply[*benchOne]](b, odd, Unmarshal)
	})
	b.Run("small/encoding-json", func(b *testing.B) { benchDecode[stdOne](b, small, stdjson.Unmarshal) })
	b.Run("page/wire", func(b *testing.B) { benchDecode[benchReply[*benchPage]](b, page, Unmarshal) })
	b.Run("page/encoding-json", func(b *testing.B) { benchDecode[stdPage](b, page, stdjson.Unmarshal) })
}

func BenchmarkEncode(b *testing.B) {
	request := struct {
		Home   lock.HomeID `json:"home_id"`
		Room   lock.RoomID `json:"room_id"`
		Device string      `json:"uuid"`
		Code   lock.Secret `json:"password"`
		Name   string      `json:"name"`
		From   Sec         `json:"permission_begin,omitzero"`
		Until  Sec         `json:"permission_end,omitzero"`
	}{"home-1", "room-1", "a1b2c3", lock.NewSecret("135792"), "Li", Sec{time.Unix(1700000000, 0)}, Sec{time.Unix(1800000000, 0)}}
	plain := struct {
		Home   string `json:"home_id"`
		Room   string `json:"room_id"`
		Device string `json:"uuid"`
		Code   string `json:"password"`
		Name   string `json:"name"`
		From   int64  `json:"permission_begin,omitempty"`
		Until  int64  `json:"permission_end,omitempty"`
	}{"home-1", "room-1", "a1b2c3", "135792", "Li", 1700000000, 1800000000}
	b.Run("wire", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Marshal(&request); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := stdjson.Marshal(&plain); err != nil {
				b.Fatal(err)
			}
		}
	})
}
