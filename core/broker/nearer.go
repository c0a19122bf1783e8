package broker

import (
	"gregor/core/kafka"
	"gregor/core/replica"
)

// nearer finds a replica in the consumer's rack that it had better read from, where replica.selector.class says so: an
// in-sync one that has the offset, and the one of those that is furthest. NoNode: it reads here.
func (p *partition) nearer(f *fetchRequest, at kafka.Offset) kafka.NodeID {
	if f.rack == "" || !f.anywhere || p.replica.Role() != replica.Leading || !f.of.byRack {
		return kafka.NoNode
	}
	if own := f.of.rack; own != nil && *own == f.rack {
		return kafka.NoNode
	}
	best, end := kafka.NoNode, kafka.Offset(-1)
	for _, r := range p.replica.Followers() {
		if r.InSync && r.End >= at && r.LogStart <= at && r.End > end &&
			f.of.cluster.InRack(r.ID, f.rack, f.request.Conn().Listener()) {
			best, end = r.ID, r.End
		}
	}
	return best
}
