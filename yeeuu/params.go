package yeeuu

import (
	"cmp"
	"errors"

	"github.com/smartlock-sdk/smartlock/lock"
)

// missing reports the first required text that is not set. Its arguments are names and values in
// turn.
func missing(namesAndValues ...string) error {
	for i := 0; i < len(namesAndValues); i += 2 {
		if namesAndValues[i+1] == "" {
			return errors.New("set " + namesAndValues[i] + ", which the vendor requires")
		}
	}
	return nil
}

// missingMobile reports a phone number that is not set.
func missingMobile(name string, phone lock.Secret) error {
	if phone.IsZero() {
		return errors.New("set " + name + ", the phone number by which the vendor knows people")
	}
	return nil
}

// first returns the first error that is one.
func first(errs ...error) error { return cmp.Or(errs...) }
