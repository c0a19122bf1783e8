package disksim

import "gregor/core/env"

// Engine is what a disk needs from the world that runs it.
type Engine interface {
	// Now is virtual time.
	Now() env.Instant
	// At asks for Fire(slot) at that instant. Among things of one instant the lower tie goes first.
	At(at env.Instant, tie uint32, slot uint64)
	// Deliver hands the node an outcome. The event is the disk's again when Deliver returns.
	Deliver(e *env.Event, cause uint64)
	// Cause is the number of the event that is being handled.
	Cause() uint64
	// Sum is a checksum of bytes; Hash folds a number into the run's rolling hash.
	Sum(b []byte) uint64
	Hash(x uint64)
}
