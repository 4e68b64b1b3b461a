package yeeuu

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/smartlock-sdk/smartlock/internal/wire"
)

// SyncApartments uploads flats (房源同步), one element for each door: a flat with two rooms that
// have doors of their own is three elements with the same Code. What the vendor does not know is
// added; of what it knows, the fields that are sent are overwritten. Whether a field that is left
// out is kept is not documented: send every element whole.
//
// POST /apartments/synchronize_apartments, call 1.
func (c *Client) SyncApartments(ctx context.Context, req SyncApartmentsRequest) (*Reply, error) {
	const path = "/apartments/synchronize_apartments"
	return post[Reply](ctx, c, endpoint{path, path}, req)
}

// SyncApartmentsRequest holds the doors to upload.
type SyncApartmentsRequest struct {
	Apartments ApartmentList `url:"apartmentList"`
}

// ApartmentList travels as the text of a JSON array inside one parameter.
type ApartmentList []Apartment

// EncodeValues puts the list into a form.
func (l ApartmentList) EncodeValues(key string, form *url.Values) error {
	text, err := wire.Marshal([]Apartment(l))
	if err != nil {
		return err
	}
	form.Set(key, string(text))
	return nil
}

// Apartment is one door of a flat. Empty fields are left out.
type Apartment struct {
	BuildingID   string   `json:"buildingId,omitzero"`   // of the housing estate (小区), chosen by the caller
	BuildingName string   `json:"buildingName,omitzero"` // of the housing estate
	BuildingNo   string   `json:"buildingNo,omitzero"`   // the block (楼栋)
	CityID       string   `json:"cityId,omitzero"`       // region numbers are the vendor's, from a file it hands out
	DistrictID   string   `json:"disId,omitzero"`
	ProvinceID   string   `json:"provinceId,omitzero"`
	Code         string   `json:"code"`          // of the flat, chosen by the caller
	Door         string   `json:"door,omitzero"` // the door's name; required for Inner
	DoorType     DoorType `json:"doorType"`
	Name         string   `json:"name,omitzero"` // of the flat: 2501
	Unit         string   `json:"unit,omitzero"` // 单元号

	// Not in the document; a public client sends them.
	HouseID string `json:"houseId,omitzero"`
	DoorID  string `json:"doorId,omitzero"`
	Floor   string `json:"floor,omitzero"`
}

func (r SyncApartmentsRequest) validate() error {
	if len(r.Apartments) == 0 {
		return errors.New("set Apartments to at least one door")
	}
	for i, a := range r.Apartments {
		if err := (Door{Code: a.Code, Type: a.DoorType, Name: a.Door}).validate(); err != nil {
			return fmt.Errorf("element %d of Apartments: %w", i, err)
		}
	}
	return nil
}
