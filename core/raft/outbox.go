package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// held is an effect that may leave the replica only when the election state it rests on is durable. Exactly one of
// its parts is set.
type held struct {
	need   uint64 // the version of the election state that must be durable
	req    kmsg.Request
	to     kafka.NodeID
	tag    uint64
	resp   kmsg.Response
	ticket Ticket
	fact   env.Fact
	lead   bool // begin to lead
	change bool // report the leader to the owner
	leader kafka.NodeID
	epoch  kafka.LeaderEpoch
}

// leadership begins to lead an epoch once quorum-state says that this node leads it.
type leadership interface {
	beginLeading(now env.Now, epoch kafka.LeaderEpoch)
}

// leaderChanges is the part of Owner that the outbox calls.
type leaderChanges interface {
	HandleLeaderChange(leader kafka.NodeID, epoch kafka.LeaderEpoch)
}

// outbox holds requests, responses and facts back until the election state they rest on is durable. It keeps their
// order.
type outbox struct {
	life    *life
	out     Out
	owner   leaderChanges
	leads   leadership
	version uint64 // counts the election state's changes
	durable uint64 // the version that is in quorum-state
	items   []held
}

// put lets an effect out, at once or when the election state is durable.
func (o *outbox) put(h held) {
	if o.life.state == Failed {
		o.items = nil // what rests on a state that will never be durable
	}
	h.need = o.version
	if len(o.items) == 0 && o.durable >= h.need {
		o.let(h)
		return
	}
	o.items = append(o.items, h)
}

// changed notes that the election state has changed: what is put from now on waits until it is durable.
func (o *outbox) changed() { o.version++ }

// saved lets out what rests on a version of the election state that has become durable.
func (o *outbox) saved(version uint64) {
	must.Above("raft: durable version", version, "the one before", o.durable, o.life.node,
		"was quorum-state written twice at once?")
	must.AtLeast("raft: version", o.version, "durable version", version, o.life.node,
		"was a state written that was never entered?")
	o.durable = version
	n := 0
	for n < len(o.items) && o.items[n].need <= o.durable {
		n++
	}
	ready := o.items[:n:n]
	o.items = o.items[n:]
	if len(o.items) == 0 {
		o.items = nil
	}
	for _, h := range ready {
		o.let(h)
	}
}

func (o *outbox) let(h held) {
	switch {
	case h.req != nil:
		o.out.Send(h.to, h.req, h.tag)
	case h.resp != nil:
		o.out.Reply(h.ticket, h.resp)
	case h.fact != nil:
		o.life.world.Emit(h.fact)
	case h.lead:
		o.leads.beginLeading(o.life.now, h.epoch)
	case h.change:
		o.owner.HandleLeaderChange(h.leader, h.epoch)
	}
}

func (o *outbox) reply(t Ticket, resp kmsg.Response) { o.put(held{resp: resp, ticket: t}) }

// emit emits a fact that rests on the election state.
func (o *outbox) emit(f env.Fact) {
	if o.life.world.Facts != nil {
		o.put(held{fact: f})
	}
}

func (o *outbox) isEmpty() bool { return len(o.items) == 0 }
