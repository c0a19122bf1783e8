package client

import "gregor/core/env"

// nearby is the replica a partition is read from instead of its leader, because the leader said so: it stands in the
// consumer's rack (KIP-392). It is believed for as long as metadata is, and until anything goes wrong there.
type nearby struct {
	broker int32 // -1: the leader
	until  env.Instant
}

// atLeader is no replica nearby.
var atLeader = nearby{broker: -1}

// source is the broker to read from.
func (r *reader) source() int32 {
	if r.nearby.broker >= 0 {
		return r.nearby.broker
	}
	return r.leader.leader
}

// checkNearby goes back to the leader when the time is over, or the replica is not in the metadata any more.
func (c *Consumer) checkNearby(now env.Now, r *reader) {
	switch {
	case r.nearby.broker < 0:
	case r.nearby.until <= now.Mono:
		r.nearby = atLeader
	case c.net.meta.address(r.nearby.broker) == "":
		r.nearby, c.net.meta.wanted = atLeader, true
	}
}

// prefer takes a leader's word for where to read. One that says so sends no records.
func (c *Consumer) prefer(now env.Now, r *reader, broker int32) {
	if broker >= 0 && broker != r.leader.leader {
		r.nearby = nearby{broker, now.Mono.Add(c.cfg.MetadataMaxAge)}
	}
}
