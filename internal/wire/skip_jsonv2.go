//go:build goexperiment.jsonv2 && !go1.27

package wire

import "encoding/json/v2"

// errSkip hands a value back to the decoder's own rules. With GOEXPERIMENT=jsonv2 our JSON package
// is a name for encoding/json/v2, whose form in Go 1.26 has an error of its own for this.
var errSkip = json.SkipFunc
