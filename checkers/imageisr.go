package checkers

import (
	"slices"

	"gregor/core/env"
)

// partition-malformed: in the image a leader is in sync; whoever is in sync or eligible is a replica, and not both.
func (v *Invariants) wellFormed(p *partition) {
	is := &p.image
	replica := func(id env.NodeID) bool { return slices.Contains(is.Replicas, id) }
	wrong := ""
	switch {
	case is.Leader >= 0 && !slices.Contains(is.ISR, is.Leader):
		wrong = "its leader is not in sync"
	case !all(is.ISR, replica):
		wrong = "somebody is in sync who is no replica"
	case !all(is.ELR, replica):
		wrong = "somebody is eligible who is no replica"
	case slices.ContainsFunc(is.ELR, func(id env.NodeID) bool { return slices.Contains(is.ISR, id) }):
		wrong = "somebody is both in sync and eligible"
	}
	if wrong != "" {
		v.find("partition-malformed", p.TopicPartition, -1, "%s: %s", wrong, stateText(&is.PartitionChanged))
	}
}

func all(ids []env.NodeID, is func(env.NodeID) bool) bool {
	return !slices.ContainsFunc(ids, func(id env.NodeID) bool { return !is(id) })
}

// fenced-in-isr: a broker that is fenced or not registered is in no ISR (KIP-841), unless nobody leads and it is the last.
func (v *Invariants) serving(p *partition) {
	if len(v.cluster.standings) == 0 || !slices.ContainsFunc(p.image.ISR, v.cluster.absent) {
		return
	}
	v.later(func() {
		is := &p.image
		i := slices.IndexFunc(is.ISR, v.cluster.absent)
		if i < 0 || is.gone || is.Leader < 0 && len(is.ISR) == 1 {
			return
		}
		v.find("fenced-in-isr", p.TopicPartition, -1, "%s is %s, but in sync in partition epoch %d: %v",
			v.nameOf(is.ISR[i]), v.cluster.absence(is.ISR[i]), is.PartitionEpoch, is.ISR)
	})
}

// brokerStanding takes what a node's image says of a broker. Two nodes say the same of one metadata offset.
func (v *Invariants) brokerStanding(f env.BrokerStanding) {
	c := &v.cluster
	old := c.standings[f.Broker]
	switch {
	case old == nil:
		old = new(env.BrokerStanding)
		c.standings[f.Broker], c.brokers = old, append(c.brokers, f.Broker)
	case f.At == old.At && f != *old:
		v.fault("metadata-disagrees", "of %s at metadata offset %d one node says %+v, and %s says %+v", v.nameOf(f.Broker), f.At, *old, v.now.Node, f)
		return
	case f.At <= old.At:
		return
	case f.Epoch < old.Epoch:
		v.fault("broker-epoch-back", "%s is registered as epoch %d after it was as epoch %d", v.nameOf(f.Broker), f.Epoch, old.Epoch)
	}
	*old = f
	if !c.absent(f.Broker) {
		return
	}
	for _, s := range v.order {
		if p := s.newest(); p.image.told && !p.image.gone && slices.Contains(p.image.ISR, f.Broker) {
			v.serving(p)
		}
	}
}
