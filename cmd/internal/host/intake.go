package host

import (
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"gregor/core/env"
)

// intake is what the connections of one listener read with, or those that the node dialed. Each intake has memory of
// its own: a node that holds requests back until a peer has answered must be able to take the answer, and the
// quorum's requests must come in however many clients wait.
//
// A peer that does not take its answers is not read from: so a server pushes back. A client must read the responses
// whatever it has still to send, or the two wait for each other.
type intake struct {
	proto   env.Protocol
	answers bool                    // of dialed connections
	pool    pool                    // for what comes in
	clients map[string]*clientShare // of those that are connected; the pool's lock guards it
	heavy   *semaphore.Weighted     // turns of frames that take many times their size decoded
	conns   atomic.Int64            // now
	pressed bool                    // connections waited for memory when the watch came by last; its own
}

// heavyFrames bounds how many frames are decoded at a time whose decoded form may need up to 150 MB (wire.Limits): a
// megabyte of empty names does, at a hundred bytes a name.
const heavyFrames = 2

func newIntake(p env.Protocol, answers bool, maxBytes int) *intake {
	in := &intake{proto: p, answers: answers, clients: map[string]*clientShare{},
		heavy: semaphore.NewWeighted(heavyFrames)}
	in.pool.init(maxBytes)
	return in
}

// eachPool goes through the pools of the host.
func (h *Host) eachPool(do func(*pool)) {
	for _, in := range h.intakes {
		do(&in.pool)
	}
	do(&h.pool)
}

// inBytes is what all that came in and is not released yet holds.
func (h *Host) inBytes() (n int) {
	for _, in := range h.intakes {
		n += in.pool.inUse()
	}
	return n
}
