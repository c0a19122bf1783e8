package broker

import (
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/replica"
)

// nearer finds a replica in the consumer's rack that it had better read from, where replica.selector.class says so: an
// in-sync one that has the offset, and the one of those that is furthest. NoNode: it reads here.
func (p *partition) nearer(f *fetch, at env.Offset) env.NodeID {
	b := p.broker
	if f.rack == "" || !f.anywhere || p.replica.Role() != replica.Leading || b.config.Text("replica.selector.class") != config.RackAwareSelector {
		return replica.NoNode
	}
	if own := b.rack(); own != nil && *own == f.rack {
		return replica.NoNode
	}
	best, end := replica.NoNode, env.Offset(-1)
	for _, r := range p.replica.Followers() {
		if r.InSync && r.End >= at && r.LogStart <= at && r.End > end && b.inRack(r.ID, f.rack, f.slot.conn.listener) {
			best, end = r.ID, r.End
		}
	}
	return best
}

// inRack reports whether a broker that is alive, and reached by clients of a listener, stands in a rack.
func (b *Broker) inRack(id env.NodeID, rack, listener string) bool {
	if _, ok := b.alive(id, listener); !ok {
		return false
	}
	r, _ := b.image.Broker(id)
	return r.Rack != nil && *r.Rack == rack
}
