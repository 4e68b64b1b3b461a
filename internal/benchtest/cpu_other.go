//go:build !unix

package benchtest

import "time"

// ProcessorTime is not known here: x-cpu means nothing.
func ProcessorTime() time.Duration { return 0 }
