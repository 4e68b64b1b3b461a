package ewelink

import (
	"context"
	"errors"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// GetHomepage returns several things at once, as an app does when it starts. The vendor asks to use
// it sparingly, and GetStatus for a single device.
//
// POST /v2/homepage, §3.1.
func (c *Client) GetHomepage(ctx context.Context, req HomepageRequest) (*HomepageReply, error) {
	if req.Lang == "" {
		req.Lang = c.set.lang
	}
	return postRead[*HomepageReply](ctx, c, "/v2/homepage", req)
}

// HomepageRequest says what to return: what is nil is left out.
type HomepageRequest struct {
	Lang       string         `json:"lang"` // "" = that of WithLanguage
	ClientInfo *ClientInfo    `json:"clientInfo,omitzero"`
	GetUser    *Wanted        `json:"getUser,omitzero"`
	GetFamily  *Wanted        `json:"getFamily,omitzero"`  // every home
	GetThing   *WantedThings  `json:"getThing,omitzero"`   // of the current home
	GetScene   *Wanted        `json:"getScene,omitzero"`   // not open yet
	GetMessage *WantedMessage `json:"getMessage,omitzero"` // of the current home
}

func (r HomepageRequest) validate() error {
	if r.GetUser == nil && r.GetFamily == nil && r.GetThing == nil && r.GetScene == nil && r.GetMessage == nil {
		return errors.New("set one of GetUser, GetFamily, GetThing, GetScene and GetMessage at least")
	}
	if r.GetMessage != nil {
		return page(r.GetMessage.Num)
	}
	return nil
}

// ClientInfo describes the phone of an app.
type ClientInfo struct {
	Model      string `json:"model,omitzero"`
	OS         string `json:"os,omitzero"` // "Android" or "iOs"
	IMEI       string `json:"imei,omitzero"`
	ROMVersion string `json:"romVersion,omitzero"`
	AppVersion string `json:"appVersion,omitzero"`
}

// Wanted asks for something that has no parameters.
type Wanted struct{}

// WantedThings asks for a part of the things, as ListThingsRequest does.
type WantedThings struct {
	Num        *int `json:"num,omitempty"`
	BeginIndex *int `json:"beginIndex,omitempty"`
}

// WantedMessage asks for messages, as ListMessagesRequest does.
type WantedMessage struct {
	From int64 `json:"from,omitzero"` // Unix milliseconds; 0 = now
	Num  int   `json:"num,omitzero"`  // at most 30; 0 = 30
}

// HomepageReply holds what was asked for.
type HomepageReply struct {
	Reply
	UserInfo    *User             `json:"userInfo"`
	FamilyInfo  *HomepageHomes    `json:"familyInfo"`
	ThingInfo   *HomepageThings   `json:"thingInfo"`
	SceneInfo   Params            `json:"sceneInfo"`
	MessageInfo *HomepageMessages `json:"messageInfo"`
}

// HomepageHomes is what ListHomesReply is.
type HomepageHomes struct {
	FamilyList      wire.List[Home] `json:"familyList"`
	CurrentFamilyID string          `json:"currentFamilyId"`
}

// HomepageThings is what ListThingsReply is.
type HomepageThings struct {
	ThingList wire.List[Thing] `json:"thingList"`
	Total     int              `json:"total"`
}

// HomepageMessages is what ListMessagesReply is.
type HomepageMessages struct {
	MessageList wire.List[Message] `json:"messageList"`
}
