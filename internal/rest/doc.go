// Package rest is the one way a call goes out and its answer comes in, the same for every vendor:
//
//	encode → sign → send → cap and read → decode → judge → repeat, renew or report
//
// A vendor brings a Dialect (how it signs, what its codes mean) and an envelope (what every reply
// looks like), and describes each call as a Request:
//
//	type reply[T any] struct {
//		ErrNo   wire.Code `json:"ErrNo"`
//		ErrMsg  string    `json:"ErrMsg"`
//		Payload T         `json:",embed,inline"`
//	}
//
//	func (r *reply[T]) Outcome() rest.Outcome { … }
//
//	e, err := rest.Do[reply[*AddRoomResponse]](ctx, c.rest, &rest.Request{
//		Method: http.MethodPost, Path: "/add_room", Body: req, Mutates: true,
//	})
//
// # What it promises
//
// Every attempt is signed anew. A read is repeated after network failures, 5xx, 429 and kinds
// that are worth it, with full jitter and out of a quota that a long outage uses up. A call that
// changes something is repeated only when no byte of it can have reached the vendor, or when the
// vendor refused its token or its time stamp; if its fate is open the error is
// lock.ErrOutcomeUnknown. A reply is success only when its code was there, says so, and the HTTP
// status agrees. Errors hold no query, no token and no secret of the request.
//
// # What surprised us
//
// net/http repeats a GET by itself when a kept connection dies under it, so GETs that change
// something go out on fresh connections. net/http also puts the whole URL, with its tokens, into
// every error, and the target of a redirect into some. resty only builds the request and hands it
// over: its retry, its result decoding, its cookies and its log stay off. This is its only
// importer.
package rest
