package lock

import "time"

// DeviceKind says what a device is. Values of vendors that have no name here pass through.
type DeviceKind string

// The kinds of device.
const (
	DeviceLock             DeviceKind = "lock"
	DeviceGateway          DeviceKind = "gateway"
	DeviceElectricityMeter DeviceKind = "electricity_meter"
	DeviceWaterMeter       DeviceKind = "water_meter"
	DeviceCollector        DeviceKind = "collector" // reads several meters (采集器)
	DeviceWaterGateway     DeviceKind = "water_gateway"
	DeviceSwitch           DeviceKind = "switch"
	DeviceSensor           DeviceKind = "sensor"
	DeviceOther            DeviceKind = "other"
)

// Device is anything installed in a home.
type Device struct {
	ID      DeviceID
	Name    string
	Kind    DeviceKind
	Home    HomeID
	Room    RoomID   // "" for what serves the whole home
	Gateway DeviceID // what the device talks through, "" if nothing or unknown
	Serial  string
	Model   string
	Online  *bool // nil = unknown
	Native
}

// Lock is a door.
type Lock struct {
	ID        DeviceID
	Name      string
	Home      HomeID
	Room      RoomID   // "" for the home's outer door
	Gateway   DeviceID // "" if none or unknown
	Serial    string
	Model     string
	Brand     string
	Category  string            // the vendor's own class of lock, "" if it has none
	Online    *bool             // nil = unknown
	OnlineAt  time.Time         // since when; zero = unknown
	Battery   *int              // percent; nil = unknown
	BatteryAt time.Time         // when the battery was measured; zero = unknown
	Signal    *int              // the vendor's own scale; nil = unknown
	SignalAt  time.Time         // when the signal was measured; zero = unknown
	Versions  map[string]string // firmware parts by the vendor's names; nil = unknown
	DoorOpen  *bool             // whether the door leaf stands open; nil = unknown
	Native
}

// LockQuery narrows a list of locks; an empty field does not narrow.
type LockQuery struct {
	Home   HomeID
	Room   RoomID // needs Home where rooms are unique only inside one
	Holder string // Person.ID of somebody with a key
}
