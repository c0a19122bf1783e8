package broker

import (
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/replica"
	"gregor/core/settings"
)

// nearer finds a replica in the consumer's rack that it had better read from, where replica.selector.class says so: an
// in-sync one that has the offset, and the one of those that is furthest. NoNode: it reads here.
func (p *partition) nearer(f *fetchRequest, at env.Offset) env.NodeID {
	b := p.broker
	if f.rack == "" || !f.anywhere || p.replica.Role() != replica.Leading || b.config.Text("replica.selector.class") != config.RackAwareSelector {
		return replica.NoNode
	}
	if own := settings.Rack(b.config); own != nil && *own == f.rack {
		return replica.NoNode
	}
	best, end := replica.NoNode, env.Offset(-1)
	for _, r := range p.replica.Followers() {
		if r.InSync && r.End >= at && r.LogStart <= at && r.End > end && b.cluster.InRack(r.ID, f.rack, f.slot.conn.listener) {
			best, end = r.ID, r.End
		}
	}
	return best
}
