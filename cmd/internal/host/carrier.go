package host

import (
	"gregor/core/env"
)

// carrier is one goroutine's way through the monitor: the events it brings, and the effects it was given to carry
// out. Its lists are used again and again; nothing is allocated in steady state.
type carrier struct {
	h       *Host
	own     *conn // the connection whose goroutine this is, if any
	chain   bool  // it does nothing else than what it was handed over
	events  []env.Event
	through []*file // of the operations among events: their use ends when the event has been stepped
	effects []effect
	parts   [][]byte // of doWrite effects, by index: an effect holds [from, to)
	room    transmission
	sending *conn // the connection it flushes
}

// effect is one thing to be done outside the lock.
type effect struct {
	do       doing
	op       env.OpID
	file     *file
	conn     *conn
	id       env.ConnID
	pos      env.Position
	n        int // bytes
	from, to int // parts
	err      error
	addr     string
	fact     env.Fact
}

type doing uint8

const (
	doWrite doing = iota + 1
	doRead
	doTruncate
	doSync
	doClose   // a file
	doFlush   // a connection's out queue
	doHangUp  // a connection's socket, at once
	doNames   // start carrying the queue of names
	doDial    // addr
	doUnsent  // a Send that failed at once
	doLogFact // fact
)

// enter takes the node's lock; false: the host is dead and nothing may be stepped any more.
func (k *carrier) enter() bool {
	k.h.mu.Lock()
	if k.h.dead {
		k.h.mu.Unlock()
		return false
	}
	k.h.stats.locks.Add(1)
	k.h.inside = k
	return true
}

// leave gives the lock back and sees to it that the timer fires in time.
func (k *carrier) leave() {
	h := k.h
	h.inside = nil
	wake := h.node.Deadline()
	if len(h.names) > 0 && !h.naming {
		h.naming = true
		k.effects = append(k.effects, effect{do: doNames})
	}
	h.mu.Unlock()
	h.alarm.atLatest(wake)
}

// step applies one event. The lock is held.
func (h *Host) step(now env.Now, e env.Event) {
	h.node.Step(now, e)
	if e.Kind == env.Sent {
		h.settle(now, e.Conn)
	}
}

// maxRounds is how long a chain of operations, each submitted at the outcome of the one before, may keep a goroutine
// that has other things to do.
const maxRounds = 8

// run brings the events in, carries the effects out, and repeats with what that completed. A long chain, such as a
// recovery or a cleaning, goes on on a goroutine of its own.
func (k *carrier) run() {
	for round := 0; len(k.events) > 0; round++ {
		if round == maxRounds && !k.chain {
			k.handOver()
			return
		}
		k.stepAll()
		k.endUses()
		k.carry()
	}
}

func (k *carrier) stepAll() {
	if !k.enter() {
		k.drop()
		return
	}
	now := k.h.now()
	for i := range k.events {
		k.h.step(now, k.events[i])
	}
	clear(k.events)
	k.events = k.events[:0]
	k.leave()
}

// handOver gives what the carrier has to do to a goroutine that does nothing else.
func (k *carrier) handOver() {
	to := k.h.carriers.Get().(*carrier)
	to.events, k.events = k.events, to.events
	to.through, k.through = k.through, to.through
	to.effects, k.effects = k.effects, to.effects
	to.parts, k.parts = k.parts, to.parts
	k.h.spawn(func() {
		to.chain = true
		to.carry()
		to.run()
		to.chain = false
		k.h.carriers.Put(to)
	})
}

// endUses ends the uses of files whose operations' outcomes were stepped. It may close files, and add events.
func (k *carrier) endUses() {
	for _, f := range k.through {
		f.drop(k)
	}
	clear(k.through)
	k.through = k.through[:0]
}

// complete notes the outcome of an operation on a file.
func (k *carrier) complete(f *file, e env.Event) {
	e.File = f.id
	k.events = append(k.events, e)
	k.through = append(k.through, f)
}

// drop forgets events that came too late for a dead host.
func (k *carrier) drop() {
	for i := range k.events {
		k.events[i].Buffer.Release()
	}
	clear(k.through)
	clear(k.events)
	k.events, k.through = k.events[:0], k.through[:0]
}

// bring runs one event.
func (k *carrier) bring(e env.Event) {
	k.events = append(k.events, e)
	k.run()
}

// carry does what the node submitted. What completes is left in k.events.
func (k *carrier) carry() {
	for i := 0; i < len(k.effects); i++ {
		e := &k.effects[i]
		switch e.do {
		case doWrite:
			i += k.write(i)
		case doRead:
			k.read(e)
		case doTruncate:
			k.truncate(e)
		case doSync:
			k.h.syncs.add(e.file, e.op)
		case doClose:
			e.file.closeWhenUnused(k, e.op)
		case doFlush:
			k.flush(e.conn)
		case doHangUp:
			e.conn.hangUp()
		case doNames:
			k.h.spawn(k.h.carryNames)
		case doDial:
			k.h.dial(e.op, e.addr)
		case doUnsent:
			k.events = append(k.events, env.Event{Kind: env.Sent, Op: e.op, Conn: e.id, Err: e.err})
		case doLogFact:
			k.h.logFact(e.fact)
		}
	}
	clear(k.effects)
	clear(k.parts)
	k.effects, k.parts = k.effects[:0], k.parts[:0]
}

// submit adds an effect during a Step.
func (h *Host) submit(e effect) *carrier {
	k := h.inside
	if k == nil {
		panic("host: the node submitted an operation outside Step")
	}
	k.effects = append(k.effects, e)
	return k
}
