// Package sample is a vendor package for the runner's own tests.
//
// GET /in_the_package_comment, §0.
package sample

// Token fetches a token.
//
// POST /v1/token, §1.
func token() {}

// AddRoom adds a room. Not an endpoint: POST /v1/not_this, §9.
//
// POST /v1/add_room, §5.6.
func AddRoom() {}

type client struct{}

// Device reads a device.
//
// GET /v1/homes/{home_id}/devices/{device_id}, outside the document.
func (client) Device() {}

func (client) undocumented() {}

// GET /v1/variable, §2.
var variable = 1
