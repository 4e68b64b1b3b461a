package dingding

import (
	"context"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
	"github.com/smartlock-sdk/smartlock/lock"
)

// Operation is one entry of the operation log (操作记录): who did what to which device or room.
// It reads: Operator + [Holder's] Target + [Recipient] (§7.1).
type Operation struct {
	wire.Kept `json:"-"`
	OpID      OpID        `json:"op_id"`
	Operator  Party       `json:"operator"`
	Target    Object      `json:"target"`    // what it was done to: a room, a lock
	Holder    Object      `json:"holder"`    // what the target is part of: the home of a room; zero = none
	Recipient Party       `json:"recipient"` // whom it was done for: who was sent a password; zero = nobody
	Timestamp time.Time   `json:"timestamp"`
	ClientID  lock.Secret `json:"client_id"` // the merchant: a phone number; in the template (§7.1) only
	Result    *int        `json:"result"`    // 0 = it worked; in the template (§7.1) only, nil = the vendor did not say
}

// Party is a person in the operation log.
type Party struct {
	ID   lock.Secret `json:"id"` // the vendor identifies people by phone number
	Name string      `json:"name"`
}

// Object is a thing in the operation log.
type Object struct {
	ID   string `json:"id"`
	Type string `json:"type"` // the values are not documented
	Name string `json:"name"`
}

// OperationFilter narrows the operation log: to a device, who did it, what was done, and when.
type OperationFilter struct {
	Locator
	Operator lock.Secret `url:"operator,omitempty"` // whether it matches the id or the name is not said
	OpID     OpID        `url:"op_id,omitempty"`
	Period
}

func (f OperationFilter) validate() error { return first(f.Locator.validate(), f.Period.validate()) }

// SearchOperations lists the operation log, page by page. The order is not said.
//
// GET /openapi/v1/search_device_op_log, §7.3.
func (c *Client) SearchOperations(ctx context.Context, req SearchOperationsRequest) (*SearchOperationsResponse, error) {
	return get[*SearchOperationsResponse](ctx, c, "/search_device_op_log", req)
}

// SearchOperationsRequest is a filter and a page of 50 unless Count says otherwise.
type SearchOperationsRequest struct {
	OperationFilter
	Paging
}

func (r SearchOperationsRequest) validate() error {
	return first(r.OperationFilter.validate(), r.Paging.validate())
}

// SearchOperationsResponse holds one page.
type SearchOperationsResponse struct {
	Reply
	OpList wire.List[Operation] `json:"op_list"`
}

// CountOperations counts what SearchOperations would list in all its pages.
//
// GET /openapi/v1/count_device_op_log, §7.4.
func (c *Client) CountOperations(ctx context.Context, req OperationFilter) (*CountResponse, error) {
	return get[*CountResponse](ctx, c, "/count_device_op_log", req)
}
