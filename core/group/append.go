package group

import (
	"gregor/core/env"
)

// appending is one Append without an outcome.
type appending struct {
	token   uint64
	group   *group
	changes []change // take effect when the records are stored
	then    outcome  // nil once it has been told
	answer  bool     // the outcome has come
	code    int16
	limit   timer // offsets.commit.timeout.ms
}

// outcome is what waits for an append. settle is called exactly once: with the code of the append, with
// REQUEST_TIMED_OUT when that takes too long, or with NOT_LEADER_OR_FOLLOWER when the partition is unloaded.
// When it is called with none, the changes have taken effect. A time-out says nothing about whether they will.
type outcome interface {
	settle(c *Coordinator, now env.Now, g *group, code int16)
}

// append hands changes of a group to the log.
func (c *Coordinator) append(now env.Now, g *group, changes []change, then outcome) {
	c.lastToken++
	a := &appending{token: c.lastToken, group: g, changes: changes, then: then}
	g.inflight = append(g.inflight, a)
	c.appends[c.lastToken] = a
	c.arm(&a.limit, a, now.Mono.Add(c.cfg.CommitTimeout))
	records := make([]Record, len(changes))
	for i, ch := range changes {
		records[i] = ch.record(g.id)
	}
	c.out.Append(g.id, records, c.lastToken)
}

func (a *appending) expire(c *Coordinator, now env.Now) { a.tell(c, now, requestTimedOut) }

func (a *appending) tell(c *Coordinator, now env.Now, code int16) {
	c.timers.Clear(&a.limit)
	if then := a.then; then != nil {
		a.then = nil
		then.settle(c, now, a.group, code)
	}
}

// Appended tells the outcome of an append: 0 when the records are stored, and otherwise the Kafka error code
// for which they are not in the log. A token whose partition has been unloaded means nothing any more.
func (c *Coordinator) Appended(now env.Now, token uint64, code int16) {
	defer c.call()()
	a := c.appends[token]
	if a == nil {
		return
	}
	delete(c.appends, token)
	a.answer, a.code = true, code
	g := a.group
	// Outcomes count in the order of the log, whatever order they come in: replay knows no other.
	for len(g.inflight) > 0 && g.inflight[0].answer {
		first := g.inflight[0]
		g.inflight = g.inflight[1:]
		c.outcomeOf(now, first)
	}
	c.dropIfNothing(g)
}

func (c *Coordinator) outcomeOf(now env.Now, a *appending) {
	if a.code == none {
		for _, ch := range a.changes {
			ch.apply(a.group)
			c.told(a.group, ch)
		}
		c.account(a.group)
	}
	a.tell(c, now, a.code)
}

// told tells what a stored change did to an offset.
func (c *Coordinator) told(g *group, ch change) {
	nobody := c.world == nil || c.world.Facts == nil
	if nobody || ch.kind != offsetStored && ch.kind != offsetRemoved {
		return
	}
	offset := env.Offset(-1)
	if ch.kind == offsetStored {
		offset = ch.offset.Offset
	}
	c.tell(env.GroupOffsetCommitted{Group: g.id, TopicPartition: ch.partition, Offset: offset,
		Generation: ch.generation, Member: ch.member, Reason: ch.reason})
}
