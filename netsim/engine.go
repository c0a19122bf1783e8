package netsim

import "gregor/core/env"

// Engine is what a network needs from the world that runs it. Nodes are numbered as Net.AddNode numbered them.
type Engine interface {
	// Now is virtual time.
	Now() env.Instant
	// At asks for Fire(slot) at that instant. Among things of one instant the lower tie goes first.
	At(at env.Instant, tie uint32, slot uint64)
	// Deliver hands a node an event. The event is the network's again when Deliver returns. It reports false
	// if the node has no time for it now: the world keeps it, and calls Net.Read once a Message so kept has
	// been handled.
	Deliver(node int, e *env.Event, cause uint64) bool
	// Cause is the number of the event that is being handled.
	Cause() uint64
	// Sum is a checksum of bytes; Hash folds a number into the run's rolling hash.
	Sum(b []byte) uint64
	Hash(x uint64)
	// Region copies bytes of a node's open file; Pin and Unpin keep the file open meanwhile.
	Region(node int, f env.FileID, pos env.Position, dst []byte) error
	Pin(node int, f env.FileID)
	Unpin(node int, f env.FileID)
}
