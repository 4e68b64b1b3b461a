package yeeuu

import (
	"net/url"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// DoorType says which kind of door of a flat is meant (doorType).
type DoorType string

// The types of door.
const (
	Main  DoorType = "1" // the flat's outer door (大门)
	Inner DoorType = "2" // the door of a room (内房门)
)

// String names the value, or shows it as it is.
func (t DoorType) String() string {
	switch t {
	case Main:
		return "main"
	case Inner:
		return "inner"
	}
	return string(t)
}

// EncodeValues puts the number into a query; String, which would be used otherwise, is for people.
func (t DoorType) EncodeValues(key string, q *url.Values) error {
	q.Set(key, string(t))
	return nil
}

// OpenedBy says how a door was opened (type of a log entry, call 7). "" is an entry that does not
// say.
type OpenedBy string

// The ways of opening.
const (
	OpenedByALMS     OpenedBy = "0" // the vendor's console (云柚alms系统)
	OpenedByWeChat   OpenedBy = "1" // 微信
	OpenedByApp      OpenedBy = "2"
	OpenedByPassword OpenedBy = "3" // 密码
	OpenedByAPI      OpenedBy = "4" // 接口: OpenDoor
)

var openedByNames = map[OpenedBy]string{
	OpenedByALMS: "vendor's console", OpenedByWeChat: "WeChat", OpenedByApp: "app", OpenedByPassword: "password",
	OpenedByAPI: "API",
}

// String names the value, or shows it as it is.
func (b OpenedBy) String() string {
	if name, ok := openedByNames[b]; ok {
		return name
	}
	return string(b)
}

// UnmarshalJSON takes the number, also in a string. What is neither stays as it was written.
func (b *OpenedBy) UnmarshalJSON(data []byte) error {
	*b = OpenedBy(data)
	switch wire.Raw(data).Kind() {
	case 'n':
		*b = ""
	case '"':
		text, err := wire.Text(data)
		*b = OpenedBy(text)
		return err
	}
	return nil
}
