package yeeuu

import "github.com/smartlock-sdk/smartlock/lock"

// WithWatch names doors, as Door.ID makes their ids. The vendor has no list of doors, so
// Events().Watch and a History without a Device ask about these. Check asks about the first of
// them. It may be given more than once.
func WithWatch(doors ...lock.DeviceID) lock.Option {
	return lock.CustomOption("yeeuu.WithWatch", func(s *settings) { s.watch = append(s.watch, doors...) })
}

// WithDeviceKey gives the fixed secret (key) of the vendor's second interface, by serial number,
// which the document does not describe: see OpenDevice and the other methods named so. The key
// travels in the URL; it is in no error and no log of ours, but a proxy of yours may write it down.
func WithDeviceKey(key lock.Secret) lock.Option {
	return lock.CustomOption("yeeuu.WithDeviceKey", func(s *settings) { s.deviceKey = key })
}

// WithDeviceURL sends the calls of the second interface to another address. Default: the address of
// lock.WithBaseURL if that is given, else DeviceURL.
func WithDeviceURL(url string) lock.Option {
	return lock.CustomOption("yeeuu.WithDeviceURL", func(s *settings) { s.deviceURL = url })
}
