package client

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/view"
)

// phase is where a client is in its life.
func phase(closing, closed bool) string {
	switch {
	case closed:
		return "closed"
	case closing:
		return "closing"
	}
	return "running"
}

// View implements [view.Viewed].
func (p *Producer) View() view.Node {
	v := view.Producer{ID: p.me.id, Epoch: p.me.epoch, Waiting: p.waiting}
	for _, o := range p.boxes {
		v.Batches = append(batches(v.Batches, o.wire, true), batches(nil, o.queue, false)...)
	}
	return view.Node{Phase: phase(p.closing, p.closed), Producer: &v}
}

func batches(to []view.Batch, list []*batch, sent bool) []view.Batch {
	for _, b := range list {
		v := view.Batch{TopicPartition: view.TopicPartition(b.tp), Records: len(b.entries), Sequence: -1, Sent: sent,
			Retries: b.retries}
		if b.sequenced {
			v.Sequence = b.sequence
		}
		to = append(to, v)
	}
	return to
}

var memberStates = [...]string{unjoined: "unjoined", joining: "joining", assigning: "assigning", syncing: "syncing",
	completing: "completing", stable: "stable"}

var readStates = [...]string{needsCommitted: "asks for the committed offset", needsReset: "resets its position",
	needsCheck: "validates its position", reading: "reads"}

// View implements [view.Viewed].
func (c *Consumer) View() view.Node {
	v := view.Consumer{Group: c.cfg.Group, Generation: -1, Coordinator: kafka.NoNode}
	if g := c.group; g != nil {
		v.Member, v.State, v.Generation, v.Coordinator = g.memberID, memberStates[g.state], g.generation,
			kafka.NodeID(g.coordinator)
	}
	for _, r := range c.readers {
		at := view.Position{TopicPartition: view.TopicPartition(r.tp), Position: kafka.NoOffset, Buffered: len(r.buffer),
			State: readStates[r.state]}
		if r.state == reading || r.state == needsCheck {
			at.Position = r.position
		}
		v.Positions = append(v.Positions, at)
	}
	return view.Node{Phase: phase(c.stopping, c.closed), Consumer: &v}
}

// View implements [view.Viewed].
func (a *Admin) View() view.Node { return view.Node{Phase: phase(a.closing, a.closed)} }

// Asked implements [view.Asking].
func (p *Producer) Asked(conn env.ConnID, correlation int32) (key, version int16, ok bool) {
	return p.net.asked(conn, correlation)
}

// Asked implements [view.Asking].
func (c *Consumer) Asked(conn env.ConnID, correlation int32) (key, version int16, ok bool) {
	return c.net.asked(conn, correlation)
}

// Asked implements [view.Asking].
func (a *Admin) Asked(conn env.ConnID, correlation int32) (key, version int16, ok bool) {
	return a.net.asked(conn, correlation)
}

func (p *pool) asked(conn env.ConnID, correlation int32) (key, version int16, ok bool) {
	if c := p.byID[conn]; c != nil {
		for _, k := range c.inFlight {
			if k.corr == correlation {
				return k.key, k.version, true
			}
		}
	}
	return 0, 0, false
}
