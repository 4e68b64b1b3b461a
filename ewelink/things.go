package ewelink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/smartlock-sdk/smartlock/internal/paging"
	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Thing is a device or a group of devices as a list holds it.
type Thing struct {
	wire.Kept `json:"-"`
	ItemType  ThingType `json:"itemType"`
	ItemData  Item      `json:"itemData"`
	Index     int       `json:"index"` // its place in the list; may be negative
}

// ID is the deviceid of a device and the id of a group.
func (t *Thing) ID() string {
	if t.ItemType.Group() {
		return t.ItemData.ID
	}
	return t.ItemData.DeviceID
}

// Item is a device, or a group of devices: a group has ID and MainDeviceID, a device DeviceID and the
// rest.
type Item struct {
	Name         string                `json:"name"`
	DeviceID     string                `json:"deviceid"`
	APIKey       string                `json:"apikey"` // of the account that owns the device
	Extra        Extra                 `json:"extra"`
	BrandName    string                `json:"brandName"`
	BrandLogo    string                `json:"brandLogo"`
	ShowBrand    bool                  `json:"showBrand"`
	ProductModel string                `json:"productModel"`
	DevGroups    wire.List[Membership] `json:"devGroups"`
	Tags         Params                `json:"tags"`
	DevConfig    Params                `json:"devConfig"` // of cameras; of uiid 102 lowVolAlarm, in volts
	Settings     Params                `json:"settings"`  // opsNotify, opsHistory, alarmNotify: 0 or 1; see UpdateSettings for more
	Family       Placement             `json:"family"`
	SharedBy     *Share                `json:"sharedBy"` // nil = the account's own
	ShareTo      wire.List[Share]      `json:"shareTo"`
	DeviceKey    lock.Secret           `json:"devicekey"` // encrypts what the device says in the local network
	Online       *bool                 `json:"online"`    // nil = the vendor does not say; says little of battery-driven sensors
	Params       Params                `json:"params"`
	GSMInfoData  Params                `json:"gsmInfoData"`
	DenyFeatures wire.List[string]     `json:"denyFeatures"` // not in the document, but seen
	ID           string                `json:"id"`           // of a group
	MainDeviceID string                `json:"mainDeviceId"` // of a group
}

// Extra is what the factory said of a device.
type Extra struct {
	UIID         int    `json:"uiid"` // what kind of device it is, and so which params it has
	Model        string `json:"model"`
	UI           string `json:"ui"` // the Chinese name of the kind
	Description  string `json:"description"`
	Manufacturer string `json:"manufacturer"`
	Mac          string `json:"mac"`
	ApMac        string `json:"apmac"`
	ModelInfo    string `json:"modelInfo"`
	BrandID      string `json:"brandId"`
	ChipID       string `json:"chipid"` // not in the document, but seen
}

// Membership says that a device is part of a group.
type Membership struct {
	Type    int    `json:"type"` // 1
	GroupID string `json:"groupId"`
}

// Placement says where in a home a thing is.
type Placement struct {
	FamilyID string `json:"familyid"`
	Index    int    `json:"index"`
	RoomID   string `json:"roomid"` // "" = in no room
}

// Share says with whom a device is shared, or who has shared it.
type Share struct {
	APIKey      ShareID     `json:"apikey"`
	Permit      Permit      `json:"permit"`
	PhoneNumber lock.Secret `json:"phoneNumber"`
	Email       lock.Secret `json:"email"`
	Nickname    string      `json:"nickname"`
	Comment     string      `json:"comment"`
	ShareTime   wire.Milli  `json:"shareTime"`
	Platform    string      `json:"platform"` // not in the document, but seen
}

// ShareID names a person in a share. It is the api key of their account in a cipher of the vendor's,
// and equals no api key.
type ShareID string

// Things are things that came as a list or as a single one: the document has both for some replies.
type Things []Thing

// UnmarshalJSON reads a list, a thing, or nothing.
func (t *Things) UnmarshalJSON(data []byte) error {
	data = bytes.Clone(data) // the decoder's own, and the things keep their parts
	*t = nil
	if len(data) == 0 || data[0] != '{' {
		return wire.Unmarshal(data, (*wire.List[Thing])(t))
	}
	var one Thing
	if err := wire.Unmarshal(data, &one); err != nil {
		return err
	}
	if one.ID() != "" {
		one.KeepRaw(data)
		*t = Things{one}
	}
	return nil
}

// ListThings returns a part of the things of a home, in the order of their index.
//
// GET /v2/device/thing, §4.2.
func (c *Client) ListThings(ctx context.Context, req ListThingsRequest) (*ListThingsReply, error) {
	if req.Lang == "" {
		req.Lang = c.set.lang
	}
	return get[*ListThingsReply](ctx, c, "/v2/device/thing", req)
}

// ListThingsRequest says which part of the list to return.
type ListThingsRequest struct {
	Lang       string `url:"lang"`                 // "" = that of WithLanguage
	FamilyID   string `url:"familyid,omitempty"`   // "" = the current home
	Num        *int   `url:"num,omitempty"`        // nil = 30; 0 = all, which the vendor may not manage above 30
	BeginIndex *int   `url:"beginIndex,omitempty"` // things with a greater index; nil = from the beginning
}

// ListThingsReply is a part of the list.
type ListThingsReply struct {
	Reply
	ThingList wire.List[Thing] `json:"thingList"`
	Total     int              `json:"total"` // may count things that the app id has no licence for and that are not listed
}

// GetThings returns up to ten things by their ids.
//
// POST /v2/device/thing, §4.3.
func (c *Client) GetThings(ctx context.Context, ids ...ThingID) (*GetThingsReply, error) {
	return postRead[*GetThingsReply](ctx, c, "/v2/device/thing", thingIDs{ids})
}

// ThingID names a thing: the deviceid of a device or the id of a group.
type ThingID struct {
	ItemType ThingType `json:"itemType"`
	ID       string    `json:"id"`
}

type thingIDs struct {
	ThingList []ThingID `json:"thingList"`
}

func (r thingIDs) validate() error {
	if err := between("the ids", r.ThingList, 10); err != nil {
		return err
	}
	for _, id := range r.ThingList {
		if id.ID == "" || id.ItemType == 0 {
			return errors.New("set ItemType and ID of every thing")
		}
	}
	return nil
}

// GetThingsReply holds those that were found.
type GetThingsReply struct {
	Reply
	ThingList wire.List[Thing] `json:"thingList"`
}

// GetStatus returns the params of a device or a group: those with the names given, or all.
//
// GET /v2/device/thing/status, §4.4.
func (c *Client) GetStatus(ctx context.Context, target TargetType, id string, names ...string) (*StatusReply, error) {
	return get[*StatusReply](ctx, c, "/v2/device/thing/status", statusQuery{int(target), id, strings.Join(names, "|")})
}

type statusQuery struct {
	Type   int    `url:"type"`
	ID     string `url:"id"`
	Params string `url:"params,omitempty"`
}

func (r statusQuery) validate() error {
	if r.Type == 0 {
		return errors.New("set the target to TargetDevice or TargetGroup")
	}
	return missing("id", r.ID)
}

// StatusReply holds params.
type StatusReply struct {
	Reply
	Params Params `json:"params"`
}

// SetStatus sends params to a device or to all devices of a group: it switches. A device that is
// offline or does not answer is code 4002; what a group's devices answer is not told.
//
// POST /v2/device/thing/status, §4.5.
func (c *Client) SetStatus(ctx context.Context, req SetStatusRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/device/thing/status", req)
}

// SetStatusRequest says what to send.
type SetStatusRequest struct {
	Type   TargetType `json:"type"`
	ID     string     `json:"id"`     // deviceid, or the id of a group
	Params any        `json:"params"` // a struct with json tags or a map
}

func (r SetStatusRequest) validate() error {
	switch {
	case r.Type == 0:
		return errors.New("set Type to TargetDevice or TargetGroup")
	case r.Params == nil:
		return errors.New("set Params, which the vendor requires")
	}
	return missing("ID", r.ID)
}

// BatchStatus is SetStatus for up to ten devices or groups. How long it waits for the devices is said
// by Timeout; without one, every Error of the answer is 0, whatever happens.
//
// POST /v2/device/thing/batch-status, §4.6.
func (c *Client) BatchStatus(ctx context.Context, req BatchStatusRequest) (*BatchStatusReply, error) {
	return post[*BatchStatusReply](ctx, c, "/v2/device/thing/batch-status", req)
}

// BatchStatusRequest says what to send to whom.
type BatchStatusRequest struct {
	ThingList []SetStatusRequest `json:"thingList"`
	Timeout   int                `json:"timeout,omitzero"` // milliseconds, at most 8000; 0 = the outcomes are not waited for
}

func (r BatchStatusRequest) validate() error {
	if err := between("ThingList", r.ThingList, 10); err != nil {
		return err
	}
	if r.Timeout < 0 || r.Timeout > 8000 {
		return errors.New("set Timeout to 0 at least and 8000 ms at most")
	}
	seen := map[string]bool{}
	for _, one := range r.ThingList {
		if err := one.validate(); err != nil {
			return err
		}
		if seen[one.ID] {
			return errors.New("each id may be there once")
		}
		seen[one.ID] = true
	}
	return nil
}

// BatchStatusReply holds what came of each.
type BatchStatusReply struct {
	Reply
	RespList wire.List[BatchOutcome] `json:"respList"`
}

// BatchOutcome is what came of one item.
type BatchOutcome struct {
	Type  TargetType `json:"type"`
	ID    string     `json:"id"`
	Error wire.Code  `json:"error"` // 0 = done, or not waited for; 30022 = offline. Always 0 of groups
}

// AddDevice adds a Wi-Fi device to the account.
//
// POST /v2/device/add, §4.7.
func (c *Client) AddDevice(ctx context.Context, req AddDeviceRequest) (*ThingReply, error) {
	return post[*ThingReply](ctx, c, "/v2/device/add", req)
}

// AddDeviceRequest describes a device that was paired.
type AddDeviceRequest struct {
	Name     string    `json:"name"`
	DeviceID string    `json:"deviceid"`
	Settings *Settings `json:"settings,omitzero"`
	IfrCode  string    `json:"ifrCode,omitzero"` // 码库 of an infrared remote
	Digest   string    `json:"digest"`           // see DeviceDigest
	ChipID   string    `json:"chipid"`
	FamilyID string    `json:"familyid,omitzero"` // "" = the current home
	RoomID   string    `json:"roomid,omitzero"`
	Sort     SortOrder `json:"sort,omitzero"` // 0 = SortFirst
}

func (r AddDeviceRequest) validate() error {
	return missing("Name", r.Name, "DeviceID", r.DeviceID, "Digest", r.Digest, "ChipID", r.ChipID)
}

// DeviceDigest is what proves, when a device is added, that one has its own key: lower-case hex of
// the SHA-256 of both.
func DeviceDigest(deviceID string, deviceKey lock.Secret) string {
	sum := sha256.Sum256([]byte(deviceID + deviceKey.Reveal()))
	return hex.EncodeToString(sum[:])
}

// ThingReply is one thing.
type ThingReply struct {
	Reply
	ItemType ThingType `json:"itemType"`
	ItemData Item      `json:"itemData"`
	Index    int       `json:"index"`
}

// AddGSMDevice adds a device with a SIM card. id is what stands behind "/addGsm?id=" in its QR code.
// Whether the vendor answers with one thing or with a list is not sure: Things has what there is.
//
// POST /v2/device/add-gsm, §4.8.
func (c *Client) AddGSMDevice(ctx context.Context, req AddGSMDeviceRequest) (*AddGSMDeviceReply, error) {
	return post[*AddGSMDeviceReply](ctx, c, "/v2/device/add-gsm", req)
}

// AddGSMDeviceRequest describes the device.
type AddGSMDeviceRequest struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	FamilyID string    `json:"familyid,omitzero"` // "" = the current home
	RoomID   string    `json:"roomid,omitzero"`
	Sort     SortOrder `json:"sort,omitzero"` // 0 = SortFirst
}

func (r AddGSMDeviceRequest) validate() error { return missing("ID", r.ID, "Name", r.Name) }

// AddGSMDeviceReply has either ThingList or the rest.
type AddGSMDeviceReply struct {
	Reply
	ThingList Things    `json:"thingList"`
	ItemType  ThingType `json:"itemType"`
	ItemData  Item      `json:"itemData"`
	Index     int       `json:"index"`
}

// Things returns what was added.
func (r *AddGSMDeviceReply) Things() []Thing {
	if one := (Thing{ItemType: r.ItemType, ItemData: r.ItemData, Index: r.Index}); one.ID() != "" {
		return append([]Thing{one}, r.ThingList...)
	}
	return r.ThingList
}

// UpdateInfo changes the name or the room of a device; what is empty stays.
//
// POST /v2/device/update-info, §4.9.
func (c *Client) UpdateInfo(ctx context.Context, req UpdateInfoRequest) (*Reply, error) {
	return post[*Reply](ctx, c, "/v2/device/update-info", req)
}

// UpdateInfoRequest says what to change.
type UpdateInfoRequest struct {
	DeviceID string `json:"deviceid"`
	Name     string `json:"name,omitzero"`
	RoomID   string `json:"roomid,omitzero"`
}

func (r UpdateInfoRequest) validate() error { return missing("DeviceID", r.DeviceID) }

// DeleteDevice takes a device out of the account. One that somebody has shared with it is given back.
//
// DELETE /v2/device, §4.10.
func (c *Client) DeleteDevice(ctx context.Context, deviceID string) (*Reply, error) {
	return del[*Reply](ctx, c, "/v2/device", deviceQuery{deviceID})
}

type deviceQuery struct {
	DeviceID string `url:"deviceid"`
}

func (r deviceQuery) validate() error { return missing("deviceID", r.DeviceID) }

// UpdateTags sets the tags of a device, which are free: names of channels, for example.
//
// POST /v2/device/tags, §4.11.
func (c *Client) UpdateTags(ctx context.Context, req UpdateTagsRequest) (*ChangedThings, error) {
	return post[*ChangedThings](ctx, c, "/v2/device/tags", req)
}

// UpdateTagsRequest says what the tags shall be.
type UpdateTagsRequest struct {
	DeviceID string  `json:"deviceid"`
	Type     TagMode `json:"type,omitzero"` // "" = TagsReplace: what is not in Tags is gone
	Tags     any     `json:"tags"`          // a struct with json tags or a map
}

func (r UpdateTagsRequest) validate() error {
	if r.Tags == nil {
		return errors.New("set Tags, which the vendor requires")
	}
	return missing("DeviceID", r.DeviceID)
}

// ChangedThings is the answer of calls that tell how things are now. The document has them under two
// names and as a list or a single one: All has them whichever it is.
type ChangedThings struct {
	Reply
	UpdatedThingList Things `json:"updatedThingList"`
	UpdatedThing     Things `json:"updatedThing"`
}

// All returns the things.
func (r *ChangedThings) All() []Thing {
	return append(append([]Thing(nil), r.UpdatedThingList...), r.UpdatedThing...)
}

// Settings are switches of a device, of which only the ones that are set are sent. On and off are 1
// and 0.
type Settings struct {
	OpsNotify              *int `json:"opsNotify,omitempty"`   // tell about operations
	OpsHistory             *int `json:"opsHistory,omitempty"`  // keep a history of operations; on by default
	AlarmNotify            *int `json:"alarmNotify,omitempty"` // tell about alarms; on by default
	DoorOnNotify           *int `json:"doorOnNotify,omitempty"`
	DoorOffNotify          *int `json:"doorOffNotify,omitempty"`
	RemoveNotify           *int `json:"removeNotify,omitempty"`
	LowBatteryNotify       *int `json:"lowBatteryNotify,omitempty"`
	OfflineNotify          *int `json:"offlineNotify,omitempty"`
	PowerConsumptionNotify *int `json:"powerConsumptionNotify,omitempty"`
	PowerBillNotify        *int `json:"powerBillNotify,omitempty"`
	DailyKwh               *int `json:"dailyKwh,omitempty"`       // in 0.01 kWh; -99999 = none
	MonthlyKwh             *int `json:"monthlyKwh,omitempty"`     // in 0.01 kWh; -99999 = none
	MinTemperature         *int `json:"minTemperature,omitempty"` // -99999 = none
	MaxTemperature         *int `json:"maxTemperature,omitempty"` // 99999 = none
}

// UpdateSettings changes what is set of the settings of several devices.
//
// POST /v2/device/settings, outside the Chinese document.
func (c *Client) UpdateSettings(ctx context.Context, req UpdateSettingsRequest) (*ChangedThings, error) {
	return post[*ChangedThings](ctx, c, "/v2/device/settings", req)
}

// UpdateSettingsRequest says what to change.
type UpdateSettingsRequest struct {
	DeviceIDs []string `json:"deviceidList"`
	Settings  Settings `json:"settings"`
}

func (r UpdateSettingsRequest) validate() error {
	if len(r.DeviceIDs) == 0 {
		return errors.New("set DeviceIDs to one at least")
	}
	return nil
}

// QueryUpdates asks which of up to thirty devices have newer firmware. The update itself is begun on
// the socket.
//
// POST /v2/device/ota/query, §4.23.
func (c *Client) QueryUpdates(ctx context.Context, devices ...Firmware) (*QueryUpdatesReply, error) {
	return postRead[*QueryUpdatesReply](ctx, c, "/v2/device/ota/query", otaRequest{devices})
}

// Firmware is what a device has.
type Firmware struct {
	DeviceID string `json:"deviceid"`
	Model    string `json:"model"`   // Extra.Model
	Version  string `json:"version"` // the param fwVersion
}

type otaRequest struct {
	DeviceInfoList []Firmware `json:"deviceInfoList"`
}

func (r otaRequest) validate() error {
	if err := between("the devices", r.DeviceInfoList, 30); err != nil {
		return err
	}
	for _, f := range r.DeviceInfoList {
		if err := missing("DeviceID", f.DeviceID, "Model", f.Model, "Version", f.Version); err != nil {
			return err
		}
	}
	return nil
}

// QueryUpdatesReply lists the devices that have an update.
type QueryUpdatesReply struct {
	Reply
	OTAInfoList wire.List[FirmwareUpdate] `json:"otaInfoList"`
}

// FirmwareUpdate is what a device may be updated to.
type FirmwareUpdate struct {
	DeviceID  string              `json:"deviceid"`
	Version   string              `json:"version"`
	BinList   wire.List[Firmfile] `json:"binList"`
	Type      string              `json:"type"`
	ForceTime string              `json:"forceTime"`
}

// Firmfile is one file of an update.
type Firmfile struct {
	Name        string `json:"name"`
	DownloadURL string `json:"downloadUrl"`
	Digest      string `json:"digest"` // SHA-256; "" = the vendor gives none
}

// PartialList says that a home has more things than were listed: those of brands that the app id has
// no licence for are counted and not shown. errors.Is finds lock.ErrPartial.
type PartialList struct {
	FamilyID      string // "" = the current home
	Listed, Total int
}

// Error says how many are missing.
func (e *PartialList) Error() string {
	return fmt.Sprintf("%d of %d things were listed; those of brands the app id has no licence for are not", e.Listed, e.Total)
}

// Unwrap lets errors.Is find the kind.
func (e *PartialList) Unwrap() error { return lock.ErrPartial }

// Things yields the things of a home, each once; "" is the current home. If the vendor counts more of
// them than it shows, the last pair is an error with a *PartialList in it.
func (c *Client) Things(ctx context.Context, familyID string) iter.Seq2[Thing, error] {
	return func(yield func(Thing, error) bool) {
		type key struct {
			kind ThingType
			id   string
		}
		seen, total, stuck := map[key]bool{}, 0, false
		pages := paging.Cursor(ctx, func(ctx context.Context, cursor string) ([]Thing, string, error) {
			r, err := c.thingPage(ctx, familyID, cursor)
			if err != nil {
				return nil, "", err
			}
			total = r.Total
			var fresh []Thing
			for _, t := range r.ThingList {
				if k := (key{t.ItemType, t.ID()}); !seen[k] {
					seen[k] = true
					fresh = append(fresh, t)
				}
			}
			if len(r.ThingList) == 0 || len(seen) >= total || len(fresh) == 0 && stuck {
				return fresh, "", nil
			}
			last := r.ThingList[len(r.ThingList)-1].Index
			if stuck = len(fresh) == 0; !stuck {
				last-- // things of one index may lie on both sides of the border
			}
			return fresh, strconv.Itoa(last), nil
		})
		for t, err := range pages {
			if !yield(t, err) || err != nil {
				return
			}
		}
		if listed := len(seen); listed < total {
			e := c.error(ctx, "GET /v2/device/thing", lock.ErrPartial, &PartialList{FamilyID: familyID, Listed: listed, Total: total})
			yield(Thing{}, e)
		}
	}
}

// firstIndex is below every index, which may be negative; the document has it as the default.
const firstIndex = -9999999

// thingPage asks for the things behind an index, "" for the first. An empty first page is asked for
// once more: the vendor's own client has seen them of homes that are not empty.
func (c *Client) thingPage(ctx context.Context, familyID, after string) (*ListThingsReply, error) {
	num, begin := maxRecords, firstIndex
	if after != "" {
		var err error
		if begin, err = strconv.Atoi(after); err != nil {
			return nil, err
		}
	}
	req := ListThingsRequest{FamilyID: familyID, Num: &num, BeginIndex: &begin}
	r, err := c.ListThings(ctx, req)
	if err == nil && after == "" && len(r.ThingList) == 0 {
		return c.ListThings(ctx, req)
	}
	return r, err
}
