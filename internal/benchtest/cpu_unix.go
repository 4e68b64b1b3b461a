//go:build unix

package benchtest

import (
	"syscall"
	"time"
)

// ProcessorTime is what this process has used of all processors. A child's time is not in it.
func ProcessorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
