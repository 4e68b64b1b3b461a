// Package wire turns the vendors' JSON into Go values and back.
//
// Vendors answer garbage with status 200, write numbers as strings and strings as numbers, and
// give times in seconds here and in milliseconds there. Unmarshal is strict about the first,
// which would pass for success, and forgiving about the rest, which only looks odd:
//
//	type envelope[T any] struct {
//		ErrNo   wire.Code `json:"ErrNo"`
//		ErrMsg  string    `json:"ErrMsg"`
//		Payload T         `json:",embed,inline"` // the payload's members stand beside ErrNo
//	}
//
//	var e envelope[*AddRoomResponse]
//	if err := wire.Unmarshal(body, &e); err != nil {
//		return err
//	}
//	if n, ok := e.ErrNo.Value(); !ok || n != 0 { … }
//
// A name must match exactly and stand there once; invalid UTF-8 and bytes after the value are
// refused; members without a field are skipped. Code never takes "missing" for zero.
//
// # Embedding a payload
//
// The payload of a generic envelope is a named field tagged ",embed,inline", since Go cannot
// embed a type parameter. Two spellings, because the option is called embed in the package we
// use and inline in the encoding/json/v2 of Go 1.26, which takes its place in programs built
// with GOEXPERIMENT=jsonv2; each ignores the other's word. T is a struct or a pointer to one,
// without JSON methods of its own. A pointer stays nil until one of its members is met, so a
// reply with no payload member leaves it nil. A payload member named like an envelope member is
// shadowed by it.
//
// # Errors
//
// No error of this package holds a value of its input, which may be a door code. They say which
// field, at which byte, and what did not fit. Names that are no field of ours read as "*".
//
// This is the only package that imports github.com/go-json-experiment/json.
package wire
