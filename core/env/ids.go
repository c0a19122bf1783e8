package env

import (
	"fmt"
	"math"
	"time"
)

// Instant is a point on one node's monotonic clock, in nanoseconds. It never goes back within one incarnation
// of a node and means nothing on another node.
type Instant int64

// Never is the deadline of a node that waits for nothing.
const Never Instant = math.MaxInt64

// Add returns the instant d later. Never stays Never.
func (i Instant) Add(d time.Duration) Instant {
	if i == Never || i > 0 && int64(d) > int64(Never-i) { // an instant may lie before the clock began
		return Never
	}
	return i + Instant(d)
}

// Sub returns the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i - o) }

func (i Instant) String() string {
	if i == Never {
		return "never"
	}
	return time.Duration(i).String()
}

// Clock is the time since zero as everything about a run shows it: 12.519s, and -0.039s before zero.
func (i Instant) Clock(zero Instant) string {
	ms, sign := i.Sub(zero).Milliseconds(), ""
	if ms < 0 {
		ms, sign = -ms, "-"
	}
	return fmt.Sprintf("%s%d.%03ds", sign, ms/1000, ms%1000)
}

// WallMillis is a reading of a node's wall clock: milliseconds since 1970 UTC. It may jump either way and
// differs from node to node; record timestamps and retention use it, deadlines never do.
type WallMillis int64

// Now is both clocks of a node, read once per step.
type Now struct {
	Mono Instant
	Wall WallMillis
}

// OpID names one submitted operation. A node picks them; zero asks for no completion where that is allowed.
type OpID uint64

// ConnID names one connection within one incarnation of a node.
type ConnID uint64

// FileID is an open file's handle within one incarnation of a node. Zero is no file.
type FileID uint32

// Position is a place or a length in a file, in bytes.
type Position int64
