package aliyunlock

import (
	"strconv"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// word names a number, or shows it when it has no name.
func word[T ~int](v T, names map[T]string) string {
	if name, ok := names[v]; ok {
		return name
	}
	return "unknown(" + strconv.Itoa(int(v)) + ")"
}

// KeyType says what a key (钥匙) is: in the vendor's words everything that opens the lock is a key.
// Products extend the document's list; up to 7 was seen.
type KeyType int

// The types of key.
const (
	KeyTypeFingerprint KeyType = 1 // 指纹
	KeyTypePassword    KeyType = 2 // 密码
	KeyTypeCard        KeyType = 3 // 卡
	KeyTypeMechanical  KeyType = 4 // 钥匙
	KeyTypeTemporary   KeyType = 5 // a temporary password; an extension of products, not in the document
)

var keyTypeNames = map[KeyType]string{
	KeyTypeFingerprint: "fingerprint",
	KeyTypePassword:    "password",
	KeyTypeCard:        "card",
	KeyTypeMechanical:  "mechanical",
	KeyTypeTemporary:   "temporary password",
}

// String names the value, or shows its number.
func (v KeyType) String() string { return word(v, keyTypeNames) }

// KeyPermission says what a key may do.
type KeyPermission int

// The permissions of a key.
const (
	PermissionUnspecified KeyPermission = 0 // seen in replies of FilterUnboundKeys; not in the document
	PermissionNormal      KeyPermission = 1 // 普通用户
	PermissionAdmin       KeyPermission = 2 // 管理员用户
	PermissionDuress      KeyPermission = 3 // 胁迫用户: opens, and raises a silent alarm
)

var keyPermissionNames = map[KeyPermission]string{
	PermissionUnspecified: "unspecified",
	PermissionNormal:      "normal",
	PermissionAdmin:       "admin",
	PermissionDuress:      "duress",
}

// String names the value, or shows its number.
func (v KeyPermission) String() string { return word(v, keyPermissionNames) }

// DeviceStatus says whether a device is there.
type DeviceStatus int

// The states of a device.
const (
	StatusInactive DeviceStatus = 0 // 未激活: it was never online
	StatusOnline   DeviceStatus = 1 // 在线
	StatusOffline  DeviceStatus = 3 // 离线
	StatusDisabled DeviceStatus = 8 // 禁用
)

var deviceStatusNames = map[DeviceStatus]string{
	StatusInactive: "inactive",
	StatusOnline:   "online",
	StatusOffline:  "offline",
	StatusDisabled: "disabled",
}

// String names the value, or shows its number.
func (v DeviceStatus) String() string { return word(v, deviceStatusNames) }

// Ownership says whether a device is the user's own.
type Ownership int

// The ownerships.
const (
	OwnershipShared Ownership = 0 // somebody else has shared it
	OwnershipOwner  Ownership = 1 // the user is its administrator
)

var ownershipNames = map[Ownership]string{OwnershipShared: "shared", OwnershipOwner: "owner"}

// String names the value, or shows its number.
func (v Ownership) String() string { return word(v, ownershipNames) }

// AttrOp says what UpdateVirtualUser does with the attributes.
type AttrOp int

// The operations on attributes.
const (
	AttrAdd    AttrOp = 1
	AttrUpdate AttrOp = 2
	AttrDelete AttrOp = 3
)

var attrOpNames = map[AttrOp]string{AttrAdd: "add", AttrUpdate: "update", AttrDelete: "delete"}

// String names the value, or shows its number.
func (v AttrOp) String() string { return word(v, attrOpNames) }

// NodeType says whether a device stands behind a gateway or is one. Some replies write it as 0 and
// 1; both spellings are read as the words.
type NodeType string

// The types of node.
const (
	NodeDevice  NodeType = "DEVICE"
	NodeGateway NodeType = "GATEWAY"
)

// UnmarshalJSON reads the words and the numbers.
func (v *NodeType) UnmarshalJSON(data []byte) error {
	var text string
	if err := wire.Unmarshal(data, &text); err != nil {
		return err
	}
	switch text {
	case "0":
		*v = NodeDevice
	case "1":
		*v = NodeGateway
	default:
		*v = NodeType(text)
	}
	return nil
}

// String returns the vendor's word.
func (v NodeType) String() string { return string(v) }

// ThingType says what stands behind a device of the platform.
type ThingType string

// The types of thing.
const (
	ThingVirtual       ThingType = "VIRTUAL"
	ThingVirtualShadow ThingType = "VIRTUAL_SHADOW"
	ThingWeb           ThingType = "WEB"
	ThingApp           ThingType = "APP"
	ThingDevice        ThingType = "DEVICE"
)

// String returns the vendor's word.
func (v ThingType) String() string { return string(v) }

// NetType says how a device is connected.
type NetType string

// The types of connection.
const (
	NetLoRa      NetType = "NET_LORA"
	NetCellular  NetType = "NET_CELLULAR"
	NetWiFi      NetType = "NET_WIFI"
	NetZigbee    NetType = "NET_ZIGBEE"
	NetBluetooth NetType = "NET_BT"
	NetEthernet  NetType = "NET_ETHERNET"
	NetOther     NetType = "NET_OTHER"
)

// String returns the vendor's word.
func (v NetType) String() string { return string(v) }

// AccountType says where an authorization code comes from.
type AccountType string

// The types of account.
const (
	AccountOASession AccountType = "OA_SESSION" // the session id of the vendor's own login
	AccountOAToken   AccountType = "OA_TOKEN"
)

// String returns the vendor's word.
func (v AccountType) String() string { return string(v) }

// Stage is an environment of the API gateway.
type Stage string

// The stages.
const (
	StageRelease Stage = "RELEASE" // the default
	StagePre     Stage = "PRE"
	StageTest    Stage = "TEST"
)

// String returns the vendor's word.
func (v Stage) String() string { return string(v) }

// EventType is the class of a device's event in its thing model.
type EventType string

// The classes of event.
const (
	EventInfo  EventType = "info"
	EventAlert EventType = "alert"
	EventError EventType = "error"
)

// String returns the vendor's word.
func (v EventType) String() string { return string(v) }

// DoorState is the value of the property LockState.
type DoorState int

// The states of a door.
const (
	DoorClosed DoorState = 0
	DoorOpen   DoorState = 1
)

var doorStateNames = map[DoorState]string{DoorClosed: "closed", DoorOpen: "open"}

// String names the value, or shows its number.
func (v DoorState) String() string { return word(v, doorStateNames) }
