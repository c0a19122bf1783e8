package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// held is something that may leave the replica only when the election state it rests on is durable. Exactly one of
// its parts is set.
type held struct {
	need   uint64 // the version of the election state that must be durable
	req    kmsg.Request
	to     env.NodeID
	tag    uint64
	resp   kmsg.Response
	ticket Ticket
	fact   env.Fact
	lead   bool // begin to lead
	change bool // tell the owner of the leader
	leader env.NodeID
	epoch  env.LeaderEpoch
}

// put lets something out, at once or when the election state is durable. Order is kept.
func (r *Replica) put(now env.Now, h held) {
	h.need = r.version
	if len(r.outbox) == 0 && r.durable >= h.need {
		r.let(now, h)
		return
	}
	r.outbox = append(r.outbox, h)
}

// release lets out what has become durable.
func (r *Replica) release(now env.Now) {
	n := 0
	for n < len(r.outbox) && r.outbox[n].need <= r.durable {
		n++
	}
	ready := r.outbox[:n:n]
	r.outbox = r.outbox[n:]
	if len(r.outbox) == 0 {
		r.outbox = nil
	}
	for _, h := range ready {
		r.let(now, h)
	}
}

func (r *Replica) let(now env.Now, h held) {
	switch {
	case h.req != nil:
		r.out.Send(h.to, h.req, h.tag)
	case h.resp != nil:
		r.out.Reply(h.ticket, h.resp)
	case h.fact != nil:
		r.w.Tell(h.fact)
	case h.lead:
		r.beginLeading(now, h.epoch)
	case h.change:
		r.owner.HandleLeaderChange(h.leader, h.epoch)
	}
}

func (r *Replica) reply(t Ticket, resp kmsg.Response) { r.put(r.now, held{resp: resp, ticket: t}) }

// tell tells a fact that rests on the election state.
func (r *Replica) tell(f env.Fact) {
	if r.w.Facts != nil {
		r.put(r.now, held{fact: f})
	}
}
