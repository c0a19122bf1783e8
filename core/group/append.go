package group

import (
	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// appending is one append without an outcome.
type appending struct {
	c       *Coordinator
	group   *group
	changes []change // take effect when the records are committed
	then    outcome  // nil once it has been settled
}

// outcome is what waits for an append. settle is called exactly once: with the code of the append, or with
// REQUEST_TIMED_OUT when that takes too long. When it is called with none, the changes have taken effect. After a
// timeout they may still take effect.
type outcome interface {
	settle(c *Coordinator, now env.Now, g *group, code kafka.ErrorCode)
}

// append appends the records of changes of a group. The changes take effect when the records are committed.
func (c *Coordinator) append(now env.Now, g *group, changes []change, then outcome) {
	must.Above("group: count of records to append", len(changes), "zero", 0, g.id, "is there nothing to store?")
	a := &appending{c: c, group: g, changes: changes, then: then}
	g.inflight = append(g.inflight, a)
	records := make([]coordinator.Record, len(changes))
	for i, ch := range changes {
		records[i] = ch.record(g.id)
	}
	c.runtime.Append(now, g.id, records, a)
}

// TimedOut answers what waits for the append.
func (a *appending) TimedOut(now env.Now) {
	defer a.c.call()()
	a.tell(now, kafka.RequestTimedOut)
}

// Appended applies the changes if they are committed, and answers what waits for them.
func (a *appending) Appended(now env.Now, code kafka.ErrorCode) {
	defer a.c.call()()
	g := a.group
	if len(g.inflight) == 0 || g.inflight[0] != a {
		must.Fail("group: of %d appends of group %q another one than the oldest has an outcome; did the runtime reorder?",
			len(g.inflight), g.id)
	}
	g.inflight = g.inflight[1:]
	if code == kafka.None {
		a.apply()
	}
	a.tell(now, code)
	a.c.dropIfNothing(g)
}

func (a *appending) apply() {
	for _, ch := range a.changes {
		ch.apply(a.group)
		a.c.reportOffset(a.group, ch)
	}
	a.c.groups.account(a.group)
}

func (a *appending) tell(now env.Now, code kafka.ErrorCode) {
	if then := a.then; then != nil {
		a.then = nil
		then.settle(a.c, now, a.group, code)
	}
}

// reportOffset emits a fact about the change of an offset.
func (c *Coordinator) reportOffset(g *group, ch change) {
	if c.world == nil || c.world.Facts == nil || ch.kind != offsetStored && ch.kind != offsetRemoved {
		return
	}
	offset := kafka.Offset(-1)
	if ch.kind == offsetStored {
		offset = ch.offset.Offset
	}
	c.tell(env.GroupOffsetCommitted{Group: g.id, TopicPartition: ch.partition, Offset: offset,
		Generation: ch.generation, Member: ch.member, Reason: ch.reason})
}
