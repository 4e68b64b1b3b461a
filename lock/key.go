package lock

// KeyKind says what a key is.
type KeyKind string

// The kinds of key.
const (
	KeyApp         KeyKind = "app"       // opens from the vendor's app, over the network
	KeyBluetooth   KeyKind = "bluetooth" // opens from the vendor's app, beside the door
	KeyManage      KeyKind = "manage"    // may manage the lock in the vendor's app
	KeyFingerprint KeyKind = "fingerprint"
	KeyCard        KeyKind = "card"
	KeyFace        KeyKind = "face"
	KeyPalm        KeyKind = "palm"
	KeyPIN         KeyKind = "pin"
	KeyMechanical  KeyKind = "mechanical"
	KeyRemote      KeyKind = "remote_control"
	KeyUser        KeyKind = "user"  // a person known to the lock, whatever they open with
	KeyOther       KeyKind = "other" // see Native
)

// Role says what a person may do at a lock; "" if the vendor does not say.
type Role string

// The roles.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleNormal Role = "normal"
)

// Key is a person's standing right to open, or something enrolled at the lock.
type Key struct {
	ID       KeyID
	Device   DeviceID
	Kind     KeyKind
	Name     string
	Holder   Person // zero = nobody owns it
	Role     Role
	Duress   bool      // opening with it raises a silent alarm
	Window   Window    // zero Until = for good
	Schedule *Schedule // nil = at any hour
	State    PasswordState
	Native
}

// KeyQuery says whose keys to list: of a lock, of a person at a lock, or those of a lock that
// nobody owns.
type KeyQuery struct {
	Device  DeviceID
	Holder  string // Person.ID
	Unowned bool   // only those that nobody owns
}

// Grant describes a key to give, or what it shall be from now on.
type Grant struct {
	Holder    Person // required; which of its fields counts is said by the vendor's package
	GrantedBy Person // who gives it, where the vendor records that
	Kind      KeyKind
	Key       KeyID // an enrolled, unowned key to hand over; "" for a new right
	Name      string
	Role      Role      // "" = RoleNormal
	Window    Window    // zero Until needs Permanent
	Permanent bool      // the key has no end; says so on purpose, and contradicts an end
	Schedule  *Schedule // nil = at any hour
}
