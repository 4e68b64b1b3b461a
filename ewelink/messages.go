package ewelink

import (
	"context"
	"iter"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// ListMessages returns messages of the message centre, the newest first.
//
// GET /v2/message/read, §6.1.
func (c *Client) ListMessages(ctx context.Context, req ListMessagesRequest) (*ListMessagesReply, error) {
	return get[*ListMessagesReply](ctx, c, "/v2/message/read", messageQuery{req.FamilyID, millis(req.From), req.Num})
}

// ListMessagesRequest says which messages to return.
type ListMessagesRequest struct {
	FamilyID string    // "" = the current home
	From     time.Time // messages from before this instant, to the millisecond; zero = now
	Num      int       // at most 30; 0 = 30
}

type messageQuery struct {
	FamilyID string `url:"familyid,omitempty"`
	From     string `url:"from,omitempty"`
	Num      int    `url:"num,omitempty"`
}

func (r messageQuery) validate() error { return page(r.Num) }

// ListMessagesReply lists messages.
type ListMessagesReply struct {
	Reply
	MessageList wire.List[Message] `json:"messageList"`
}

// Message is a message. What is in it depends on its type, and the document describes none.
type Message struct {
	wire.Kept `json:"-"`
	MsgID     string      `json:"msgid"`
	MsgType   MessageType `json:"msgType"`
	Message   Params      `json:"message"`
	Date      wire.Milli  `json:"date"`
}

// Messages yields the messages of a home, the newest first, from before an instant (zero = now) back
// to since (zero = to the beginning), as Records does.
func (c *Client) Messages(ctx context.Context, familyID string, before, since time.Time) iter.Seq2[Message, error] {
	return backwards(ctx, c, before, since, "GET /v2/message/read",
		func(m *Message) (time.Time, []byte) { return m.Date.Time, []byte(m.MsgID) },
		func(ctx context.Context, from time.Time) ([]Message, error) {
			r, err := c.ListMessages(ctx, ListMessagesRequest{FamilyID: familyID, From: from, Num: maxRecords})
			if err != nil {
				return nil, err
			}
			return r.MessageList, nil
		})
}
