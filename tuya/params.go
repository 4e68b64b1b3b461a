package tuya

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// UID is an app user: an account that owns homes.
type UID string

// UserID is a person in a home, as its locks know them. It is not the person's UID.
type UserID string

// Paging is a page of a list.
type Paging struct {
	PageNo   int `url:"page_no"` // from 1
	PageSize int `url:"page_size"`
}

func (p Paging) validate() error {
	switch {
	case p.PageNo < 1:
		return errors.New("set PageNo; the first page is 1")
	case p.PageSize < 1:
		return errors.New("set PageSize to 1 at least")
	}
	return nil
}

// Status is what a device reports under a code.
type Status struct {
	Code  string `json:"code"`
	Value Value  `json:"value"`
}

// Statuses are several of them. Some records have one where the document has a list.
type Statuses []Status

// UnmarshalJSON reads a list or one status.
func (s *Statuses) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '{' {
		var one Status
		err := wire.Unmarshal(data, &one)
		*s = Statuses{one}
		return err
	}
	var all wire.List[Status]
	err := wire.Unmarshal(data, &all)
	*s = Statuses(all)
	return err
}

// Get returns the value reported under a code.
func (s Statuses) Get(code string) (Value, bool) {
	for _, one := range s {
		if one.Code == code {
			return one.Value, true
		}
	}
	return Value{}, false
}

// ScheduleDetail is a part of a weekly schedule of a person's validity.
type ScheduleDetail struct {
	StartMinute int         `json:"start_minute"` // of the day, 450 is 07:30
	EndMinute   int         `json:"end_minute"`   // of the day, at most 1440
	WorkingDay  WorkingDays `json:"working_day"`
	TimeZoneID  string      `json:"time_zone_id,omitzero"` // such as Asia/Shanghai
	AllDay      bool        `json:"all_day"`
}

// TimeSchedule says when a person may open.
type TimeSchedule struct {
	Permanent       bool                      `json:"permanent"`
	EffectiveTime   time.Time                 `json:"effective_time"`
	ExpiredTime     time.Time                 `json:"expired_time"`
	Operate         Operate                   `json:"operate"` // the last change of it
	DeliveryStatus  Delivery                  `json:"delivery_status"`
	ScheduleDetails wire.List[ScheduleDetail] `json:"schedule_details"`
}

// UnmarshalJSON reads the object, or the list that one table of the document makes of it.
func (s *TimeSchedule) UnmarshalJSON(data []byte) error {
	type plain TimeSchedule
	if len(data) > 0 && data[0] == '[' {
		var some []plain
		err := wire.Unmarshal(data, &some)
		*s = TimeSchedule{}
		if len(some) > 0 {
			*s = TimeSchedule(some[0])
		}
		return err
	}
	return wire.Unmarshal(data, (*plain)(s))
}

// require reports the first required text that is not set. Its arguments are names and values in
// turn.
func require(namesAndValues ...string) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] == "" {
			return errors.New("set " + namesAndValues[i] + ", which the vendor requires")
		}
	}
	return nil
}

// joined lists words with commas.
func joined[T ~string](words []T) string {
	text := make([]string, len(words))
	for i, w := range words {
		text[i] = string(w)
	}
	return strings.Join(text, ",")
}

// required reports a list without items.
func required[T any](name string, items []T) error {
	if len(items) == 0 {
		return errors.New("set " + name + " to at least one")
	}
	return nil
}

// validity reports a window that is none.
func validity(from, until time.Time) error {
	switch {
	case from.IsZero() || until.IsZero():
		return errors.New("set both ends of the validity, which the vendor requires")
	case !from.Before(until):
		return fmt.Errorf("the validity ends (%s) before or when it begins (%s)", until.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	return nil
}
