package newvendor

import "github.com/smartlock-sdk/smartlock/lock"

// begin errors

// kinds is what the vendor's codes mean (§2).
var kinds = map[string]lock.Kind{
	"401": lock.ErrUnauthenticated, // bad signature or time
	"404": lock.ErrNotFound,        // no such lock
	"422": lock.ErrInvalidArgument, // bad parameter
	"503": lock.ErrDeviceOffline,   // lock offline
}

// end errors

// ErrorCodes returns the vendor's codes, as docs/errors.md shows them.
func ErrorCodes() []lock.CodeInfo {
	var all []lock.CodeInfo
	for _, row := range [][2]string{{"401", "bad signature or time"}, {"404", "no such lock"}, {"422", "bad parameter"}, {"503", "lock offline"}} {
		all = append(all, lock.CodeInfo{Code: row[0], Where: "reply", Kind: kinds[row[0]], Words: row[1]})
	}
	return all
}
