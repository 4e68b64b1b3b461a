//go:build !goexperiment.jsonv2 || go1.27

package wire

import "errors"

// errSkip hands a value back to the decoder's own rules.
var errSkip = errors.ErrUnsupported
