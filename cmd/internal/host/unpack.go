package host

import (
	"context"
	"math"
	"runtime"
	"sync"

	"golang.org/x/sync/semaphore"

	"gregor/core/env"
)

const (
	// unpackSlice is how much of a message is decompressed before other connections get their turn: about a millisecond.
	unpackSlice = 1 << 20
	// quickSlices is how many turns a message has before it counts as long.
	quickSlices = 8
	// quickShare is the part of the quick messages' memory that one of them may take.
	quickShare = 8
)

// unpacking bounds what finishing messages (env.Unfinished) takes, in the whole process: memory, and processors. Half
// of the memory is for messages that are quickly finished. One that is not gives it back, waits for a place among the
// long ones, and begins again there: so a small batch never waits for the end of a large one. In each half the first to
// ask is the first served; processors go round in turns.
type unpacking struct {
	half        int64 // bytes; a message that takes more has all of it, alone
	quick, long *semaphore.Weighted
	turns       *semaphore.Weighted
	tools       sync.Pool
}

func (u *unpacking) init(maxBytes int) {
	u.half = max(1, int64(maxBytes)/2)
	u.quick, u.long = semaphore.NewWeighted(u.half), semaphore.NewWeighted(u.half)
	u.turns = semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))
}

// finish completes a message that was decoded. False: the connection has ended meanwhile.
func (c *conn) finish(m any) bool {
	unfinished, ok := m.(env.Unfinished)
	if !ok {
		return true
	}
	need := int64(unfinished.Memory())
	if need == 0 {
		return true
	}
	u := &c.h.unpacking
	done, ok := false, true
	if need <= u.half/quickShare {
		done, ok = c.finishWith(u.quick, need, unfinished, quickSlices)
	}
	if !done && ok {
		done, ok = c.finishWith(u.long, min(need, u.half), unfinished, math.MaxInt)
	}
	c.active.Store(c.h.clock.Load())
	return ok
}

// finishWith works at a message with memory out of one half, for a number of turns. It is not ok if the connection has
// ended meanwhile.
func (c *conn) finishWith(memory *semaphore.Weighted, need int64, m env.Unfinished, turns int) (done, ok bool) {
	if !c.acquire(memory, need, c.bringDecoded) {
		return false, false
	}
	defer memory.Release(need)
	u := &c.h.unpacking
	tools := u.tools.Get()
	for ; !done && turns > 0; turns-- {
		if !c.acquire(u.turns, 1, c.alive) {
			return false, false
		}
		tools, done = m.Finish(tools, unpackSlice)
		u.turns.Release(1)
	}
	if done {
		u.tools.Put(tools)
	} else {
		m.Finish(nil, 0) // the tools, in the middle of something, go with the memory that is given back
	}
	return done, true
}

// acquire waits for n of s until the connection is hung up, if before reports that it may wait. What it holds already
// it holds meanwhile: before must not depend on the peer then.
func (c *conn) acquire(s *semaphore.Weighted, n int64, before func() bool) bool {
	if s.TryAcquire(n) {
		return true
	}
	if !before() {
		return false
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.waits.Store(&cancel)
	defer c.waits.Store(nil)
	return c.alive() && s.Acquire(ctx, n) == nil
}

func (c *conn) alive() bool { return !c.hung.Load() }

// bringDecoded brings in the frames before, which are finished: they do not wait with this one.
func (c *conn) bringDecoded() bool { return len(c.batch) == 0 || c.bringBatch() }
