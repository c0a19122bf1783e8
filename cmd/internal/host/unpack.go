package host

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/semaphore"

	"gregor/core/env"
)

// unpackSlice is how much of a message is decompressed before other connections get their turn: about a millisecond.
const unpackSlice = 1 << 20

// unpacking bounds what finishing messages (env.Unfinished) takes, in the whole process: memory, and processors. Who asks
// first gets memory first; processors go round in turns, so that a small message need not wait for the end of a large
// one.
type unpacking struct {
	max    int64 // bytes; a message that takes more has all of it, alone
	memory *semaphore.Weighted
	turns  *semaphore.Weighted
	tools  sync.Pool
}

func (u *unpacking) init(maxBytes int) {
	u.max = int64(maxBytes)
	u.memory = semaphore.NewWeighted(u.max)
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
	need = min(need, u.max)
	if !c.acquire(u.memory, need, c.bringDecoded) {
		return false
	}
	defer u.memory.Release(need)
	tools := u.tools.Get()
	for done := false; !done; {
		if !c.acquire(u.turns, 1, c.alive) {
			return false // and its tools are dropped: they are in the middle of something
		}
		tools, done = unfinished.Finish(tools, unpackSlice)
		u.turns.Release(1)
	}
	u.tools.Put(tools)
	c.active.Store(c.h.clock.Load())
	return true
}

// acquire waits for n of s until the connection is hung up, if before reports that it may wait. What it holds already it
// holds meanwhile: before must not depend on the peer then.
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
