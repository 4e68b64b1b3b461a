package lock

// Native is what the vendor really sent. Every portable value embeds it, so nothing is lost in
// translation: Raw gives the bytes, As the vendor's own struct. Neither is printed or marshalled
// with the value around it, because both may hold codes.
type Native struct {
	// A closure, for the reason Secret has one: printers stop at it.
	get func() (raw []byte, value any)
}

// NewNative is for providers: raw is the vendor's JSON for this one value, value the vendor
// package's struct (a pointer) decoded from it. Neither may be changed afterwards.
func NewNative(raw []byte, value any) Native {
	return Native{get: func() ([]byte, any) { return raw, value }}
}

// Raw returns the bytes the vendor sent for this value, nil if the value did not come from a
// vendor. They may hold door codes: keep them out of logs. Do not change them.
func (n Native) Raw() []byte {
	if n.get == nil {
		return nil
	}
	raw, _ := n.get()
	return raw
}

func (n Native) native() any {
	if n.get == nil {
		return nil
	}
	_, value := n.get()
	return value
}

// As returns the vendor's own struct behind a portable value:
//
//	if dd, ok := lock.As[*dingding.Password](pw); ok {
//		log.Println("stage", dd.OperationStage)
//	}
//
// It reports false when the value came from another vendor.
func As[T any](v interface{ native() any }) (T, bool) {
	t, ok := v.native().(T)
	return t, ok
}
