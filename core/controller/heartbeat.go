package controller

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// standing is what a broker is, and what its heartbeat makes of it.
type standing uint8

const (
	fenced standing = iota
	unfenced
	leaving // controlled shutdown
	gone    // it may end now
)

// heartbeat answers a broker's heartbeat, and moves the broker between its states.
func (c *Controller) heartbeat(now env.Now, next kafka.Offset, r *kmsg.BrokerHeartbeatRequest) Decision {
	resp := r.ResponseKind().(*kmsg.BrokerHeartbeatResponse)
	resp.IsFenced = true
	b, code := c.view.checkEpoch(r.BrokerID, r.BrokerEpoch)
	if code != kafka.None {
		resp.ErrorCode = int16(code)
		return c.always(resp)
	}
	s := c.sessions.of(b)
	s.seen, s.read = now.Mono, kafka.Offset(r.CurrentMetadataOffset)
	from := standingOf(b)
	to := c.nextStanding(s, b, r)
	records := append(c.view.moved(b, from, to), c.view.directoriesChanged(b, to, r)...)
	resp.IsCaughtUp = s.read >= s.registered
	resp.IsFenced, resp.ShouldShutdown = to == fenced || to == gone, to == gone
	end := next + kafka.Offset(len(records)) - 1
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response {
		if code != kafka.None {
			return wire.Refuse(r, code)
		}
		if to == leaving && s.shutdown < 0 {
			s.shutdown = end
		}
		return resp
	})
}

// checkEpoch finds the broker a request comes from; a request of another incarnation is refused.
func (c *clusterView) checkEpoch(id int32, epoch int64) (*metadata.Broker, kafka.ErrorCode) {
	b, ok := c.image.Broker(kafka.NodeID(id))
	if !ok || b.Epoch != kafka.BrokerEpoch(epoch) {
		return nil, kafka.StaleBrokerEpoch
	}
	return b, kafka.None
}

func standingOf(b *metadata.Broker) standing {
	switch {
	case b.Fenced:
		return fenced
	case b.InControlledShutdown:
		return leaving
	}
	return unfenced
}

// nextStanding decides what a heartbeat makes of a broker.
func (c *Controller) nextStanding(s *session, b *metadata.Broker, r *kmsg.BrokerHeartbeatRequest) standing {
	switch from := standingOf(b); {
	case from == fenced && r.WantShutdown:
		return gone
	case from == fenced && !r.WantFence && s.read >= s.registered && !b.InControlledShutdown:
		return unfenced // one that was on its way out has to register again
	case from == fenced:
		return fenced
	case from == unfenced && r.WantFence && !r.WantShutdown:
		return fenced
	case from == unfenced && !r.WantShutdown:
		return unfenced
	case from == unfenced && (r.WantFence || !c.view.leads(b.ID)):
		return gone
	case from == unfenced || c.view.leads(b.ID) || s.shutdown < 0 || s.shutdown > c.sessions.lowestRead():
		// Others must know of the new leaders before this one goes: else they would still send clients to it.
		return leaving
	}
	return gone
}

// leads reports whether the broker leads any partition.
func (c *clusterView) leads(id kafka.NodeID) bool {
	for _, t := range c.image.Topics() {
		if slices.ContainsFunc(t.Partitions(), func(p *metadata.Partition) bool { return p.Leader == id }) {
			return true
		}
	}
	return false
}

// moved lists the records that take a broker from one standing to another.
func (c *clusterView) moved(b *metadata.Broker, from, to standing) []metadata.Record {
	change := &metadata.BrokerRegistrationChange{Broker: b.ID, Epoch: b.Epoch}
	w := noTurn
	switch {
	case from != fenced && (to == fenced || to == gone):
		return c.fence(b)
	case from == fenced && to == unfenced:
		change.Fenced, w.comes = metadata.BecomesFalse, b.ID
		return append([]metadata.Record{change}, c.turned(w, w.concerns)...)
	case from == unfenced && to == leaving:
		change.InControlledShutdown, w.goes = metadata.BecomesTrue, b.ID
		return append([]metadata.Record{change}, c.turned(w, w.concerns)...)
	}
	return nil
}

// directoriesChanged takes replicas on failed directories out of service, and notes cordoned ones.
func (c *clusterView) directoriesChanged(b *metadata.Broker, to standing,
	r *kmsg.BrokerHeartbeatRequest) []metadata.Record {
	online, failed := b.LogDirs, []kafka.UUID(nil)
	for _, d := range r.OfflineLogDirs {
		if slices.Contains(b.LogDirs, d) {
			online, failed = slices.DeleteFunc(slices.Clone(online), func(o kafka.UUID) bool { return o == d }),
				append(failed, d)
		}
	}
	change := &metadata.BrokerRegistrationChange{Broker: b.ID, Epoch: b.Epoch}
	if len(failed) > 0 {
		change.LogDirs = online
	}
	if cordoned := ids(r.CordonedLogDirs); r.CordonedLogDirs != nil && !slices.Equal(cordoned, b.CordonedLogDirs) {
		change.CordonedLogDirs = cordoned
	}
	// A broker all of whose directories failed ends by itself; and one whose partitions move in this decision
	// anyway has them looked at with the next heartbeat.
	if len(failed) > 0 && (len(online) == 0 || to != standingOf(b) || to == leaving) || change.LogDirs == nil &&
		change.CordonedLogDirs == nil {
		return nil
	}
	w := noTurn
	w.goes = b.ID
	records := c.turned(w, func(p *metadata.Partition) bool {
		i := slices.Index(p.Replicas, b.ID)
		return w.concerns(p) && i < len(p.Directories) && i >= 0 && slices.Contains(failed, p.Directories[i])
	})
	return append(records, change)
}

func ids(raw [][16]byte) []kafka.UUID {
	out := make([]kafka.UUID, len(raw))
	for i := range raw {
		out[i] = raw[i]
	}
	return out
}
