package ewelinktest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/sim"
	"github.com/smartlock-sdk/smartlock/lock"
)

// device is a device somebody has, or one still in its box.
type device struct {
	id, name, key, chip, gsm string
	product                  product
	uiid                     int
	version                  string // of the firmware
	mac                      string
	owner                    *user  // nil = in its box
	at                       *place // where the owner has it
	shares                   []*share
	params                   object // as the cloud knows them
	tags, settings, config   object
	deny                     []string // denyFeatures
	untold                   object   // what it has to report when it is online again; nil = nothing
	online, deaf             bool
	foreign                  bool // of a brand that is not licensed
	history                  []record
	alarms                   []alarm
	opened                   int       // relays switched on, doors opened
	reports                  int       // sent so far
	uiUntil                  time.Time // while it reports live values
	meter                    *meter
	slow                     time.Duration // how much longer it takes for what comes through a socket
	pulses                   map[int]int   // relays under way to fall back, by channel: which pulse
}

// newDevice makes a device in its box.
func (s *Server) newDevice(name string, p product) *device {
	s.numbers++
	d := &device{
		id: fmt.Sprintf("1000%06x", s.numbers), name: name, key: s.uuid(), chip: s.sim.Random.Hex(6), gsm: s.sim.Random.Hex(32),
		product: p, uiid: p.uiid, version: "3.5.0", mac: "d0:27:00:" + strings.Trim(s.sim.Random.Hex(2)+":"+s.sim.Random.Hex(2)+":"+s.sim.Random.Hex(2), ":"),
		params: p.initial(s.now()), tags: object{}, config: object{},
		settings: object{"opsNotify": 0, "opsHistory": 1, "alarmNotify": 1},
		online:   true, pulses: map[int]int{},
	}
	if p.metering != nil {
		d.meter = newMeter(p.metering)
	}
	d.params["fwVersion"] = d.version
	s.devices = append(s.devices, d)
	return d
}

// add makes a device of the server's account.
func (s *Server) add(name string, p product) *device {
	u := must(s.userOf(s.Account))
	d := s.newDevice(name, p)
	d.owner, d.at = u, must(s.newPlace(u, "", "", 2))
	return d
}

// device finds a device that is not in its box.
func (s *Server) device(id string) (*device, error) {
	for _, d := range s.devices {
		if d.id == id && d.owner != nil {
			return d, nil
		}
	}
	return nil, notFound("device")
}

// place is where an account has a device; whoever has no part in the device has none.
func (s *Server) place(d *device, u *user) (*place, error) {
	if d.owner == u {
		return d.at, nil
	}
	for _, sh := range d.shares {
		if sh.to == u {
			return sh.at, nil
		}
	}
	return nil, refuse(406, "the device is somebody else's")
}

// visible finds a device that an account has, or that is shared with it.
func (s *Server) visible(u *user, id string) (*device, error) {
	d, err := s.device(id)
	if err != nil {
		return nil, err
	}
	_, err = s.place(d, u)
	return d, err
}

// own finds a device that is the account's own.
func (s *Server) own(u *user, id string) (*device, error) {
	d, err := s.device(id)
	if err == nil && d.owner != u {
		err = refuse(406, "the device is somebody else's")
	}
	return d, err
}

func (s *Server) asThing(d *device, u *user) object {
	p, err := s.place(d, u)
	return thing{must(p, err), u, d, nil}.info(s)
}

// deviceInfo is a device as an account sees it.
func (s *Server) deviceInfo(d *device, u *user, p *place) object {
	o := object{
		"name": d.name, "deviceid": d.id, "apikey": d.owner.apikey, "devicekey": d.key,
		"extra": object{
			"model": d.product.model, "ui": d.product.ui, "uiid": d.uiid, "description": "simulated", "manufacturer": "深圳松诺技术有限公司",
			"mac": d.mac, "apmac": d.mac, "modelInfo": "5c700f7cc248c47441fd0fbc", "brandId": "5c4c1aee3a7d24c7100be054",
		},
		"brandName": "SONOFF", "brandLogo": "", "showBrand": true, "productModel": d.product.name,
		"tags": maps.Clone(d.tags), "settings": maps.Clone(d.settings), "devConfig": maps.Clone(d.config),
		"family": p.info(), "online": d.online, "params": maps.Clone(d.params), "gsmInfoData": object{},
	}
	var groups []object
	for _, g := range s.groups {
		if g.owner == u && slices.Contains(g.members, d) {
			groups = append(groups, object{"type": 1, "groupId": g.id})
		}
	}
	if groups != nil {
		o["devGroups"] = groups
	}
	if d.deny != nil {
		o["denyFeatures"] = d.deny
	}
	for _, sh := range d.shares {
		if sh.to == u {
			o["sharedBy"] = sh.item(d.owner)
		}
	}
	if d.owner == u && len(d.shares) > 0 {
		o["shareTo"] = sim.Each(d.shares, func(sh *share) object { return sh.item(sh.to) })
	}
	return o
}

// Boxed is what stands on a device in its box.
type Boxed struct {
	ID, Key, ChipID string
	GSM             string // behind /addGsm?id= in the QR code
}

// Digest is what the app sends to prove that it has the device in its hands.
func (b Boxed) Digest() string {
	h := sha256.Sum256([]byte(strings.ToLower(b.ID) + b.Key))
	return hex.EncodeToString(h[:])
}

// AddBoxed adds a one-channel switch that nobody has paired yet, for POST /v2/device/add and add-gsm.
func (s *Server) AddBoxed() Boxed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newDevice("in its box", relay).box()
}

// AddForeignBoxed is AddBoxed for a brand that is not licensed for the app.
func (s *Server) AddForeignBoxed() Boxed {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.newDevice("in its box", relay)
	d.foreign = true
	return d.box()
}

// AddForeign adds n devices of brands that are not licensed to the current home: the total of a
// thing list counts them, the list does not have them.
func (s *Server) AddForeign(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range n {
		s.add(fmt.Sprintf("foreign %d", i+1), relay).foreign = true
	}
}

func (d *device) box() Boxed { return Boxed{d.id, d.key, d.chip, d.gsm} }

var deviceID = regexp.MustCompile(`^[0-9A-Za-z]{10}$`)

// addDevice is POST /v2/device/add. A device that another account had is that account's no longer.
func (s *Server) addDevice(who call, f fields) (any, error) {
	if !deviceID.MatchString(f.text("deviceid")) {
		return nil, refuse(30010, "device id format error")
	}
	i := slices.IndexFunc(s.devices, func(d *device) bool { return d.id == f.lower("deviceid") })
	if i < 0 {
		return nil, refuse(30018, "device not found")
	}
	d := s.devices[i]
	want, got := []byte(d.box().Digest()), []byte(f.text("digest"))
	switch {
	case f.has("chipid") && f.text("chipid") != d.chip:
		return nil, refuse(30014, "chipid error")
	case subtle.ConstantTimeCompare(want, got) != 1:
		return nil, refuse(30015, "digest error")
	case d.foreign:
		return nil, refuse(30017, "this app does not support of adding this brand and its device")
	}
	if f.has("settings") {
		maps.Copy(d.settings, f.open("settings"))
	}
	return s.pair(who.user, d, f)
}

// addGSM is POST /v2/device/add-gsm.
func (s *Server) addGSM(who call, f fields) (any, error) {
	i := slices.IndexFunc(s.devices, func(d *device) bool { return d.gsm == f.text("id") })
	switch {
	case i < 0:
		return nil, refuse(30011, "factory device not found")
	case s.devices[i].owner != nil && s.devices[i].owner != who.user:
		return nil, refuse(30007, "the device was added by another account")
	case s.devices[i].foreign:
		return nil, refuse(30017, "this app does not support of adding this brand and its device")
	}
	t, err := s.pair(who.user, s.devices[i], f)
	if err != nil || !s.opts.otherShapes {
		return t, err
	}
	return object{"thingList": []any{t}}, nil
}

func (s *Server) pair(u *user, d *device, f fields) (any, error) {
	sort, err := sortOrder(f)
	if err != nil {
		return nil, err
	}
	p, err := s.newPlace(u, f.text("familyid"), f.text("roomid"), sort)
	if err != nil {
		return nil, err
	}
	if d.owner != nil && d.owner != u {
		s.drop(d, d.owner)
	}
	d.owner, d.at, d.name, d.online = u, p, f.text("name"), true
	s.pushOnline(d)
	return s.asThing(d, u), nil
}

// drop takes a device from an account: one of its own goes back into its box.
func (s *Server) drop(d *device, u *user) {
	s.groups = sim.Keep(s.groups, func(g *group) bool { return g.owner != u || g.main != d })
	for _, g := range s.groups {
		if g.owner == u {
			g.members = sim.Keep(g.members, func(m *device) bool { return m != d })
		}
	}
	if d.owner != u {
		d.shares = sim.Keep(d.shares, func(sh *share) bool { return sh.to != u })
		return
	}
	for _, sh := range slices.Clone(d.shares) {
		s.unshare(d, sh)
	}
	d.owner, d.at, d.history = nil, nil, nil
}

// updateDevice is POST /v2/device/update-info. Who has the device by a share moves it, and cannot
// name it.
func (s *Server) updateDevice(who call, f fields) (any, error) {
	d, err := s.visible(who.user, f.text("deviceid"))
	if err != nil {
		return nil, err
	}
	p, err := s.place(d, who.user)
	if err != nil {
		return nil, err
	}
	if f.text("name") != "" && d.owner != who.user {
		return nil, refuse(406, "the device is somebody else's")
	}
	if id := f.text("familyid"); id != "" && id != p.home.id {
		h, err := who.user.home(id)
		if err != nil {
			return nil, err
		}
		p.index = s.nextIndex(who.user, h, 2)
		p.home, p.room = h, nil
	}
	if f.has("roomid") {
		r := (*room)(nil)
		if id := f.text("roomid"); id != "" {
			if r, err = p.home.room(id); err != nil {
				return nil, err
			}
		}
		p.room = r
	}
	if f.text("name") != "" {
		d.name = f.text("name")
	}
	return nil, nil
}

// deleteDevice is DELETE /v2/device, for devices shared with the account too.
func (s *Server) deleteDevice(who call, f fields) (any, error) {
	d, err := s.visible(who.user, f.text("deviceid"))
	if err != nil {
		return nil, err
	}
	s.drop(d, who.user)
	return nil, nil
}

// setTags is POST /v2/device/tags.
func (s *Server) setTags(who call, f fields) (any, error) {
	d, err := s.visible(who.user, f.text("deviceid"))
	if err != nil {
		return nil, err
	}
	switch f.text("type") {
	case "", "replace":
		d.tags = f.open("tags")
	case "merge":
		maps.Copy(d.tags, f.open("tags"))
	default:
		return nil, badParameter("type is replace or merge")
	}
	return object{"updatedThing": s.asThing(d, who.user)}, nil
}

// setSettings is POST /v2/device/settings.
func (s *Server) setSettings(who call, f fields) (any, error) {
	var found []*device
	for _, id := range f.texts("deviceidList") {
		d, err := s.own(who.user, id)
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	if len(found) == 0 {
		return nil, badParameter("deviceidList is empty")
	}
	for _, d := range found {
		maps.Copy(d.settings, f.open("settings"))
	}
	return object{"updatedThingList": sim.Each(found, func(d *device) object { return s.asThing(d, who.user) })}, nil
}

// Tag sets tags of a device beside those it has.
func (s *Server) Tag(id lock.DeviceID, tags map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(must(s.device(string(id))).tags, tags)
}
