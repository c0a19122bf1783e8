package controller

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/metadata"
)

// session is what one leadership has received of a broker.
type session struct {
	epoch      env.BrokerEpoch
	seen       env.Instant
	heard      bool       // a heartbeat came in this leadership
	read       env.Offset // the last metadata offset the broker has said it has
	registered env.Offset // of its registration's record
	shutdown   env.Offset // the last record that moved leaders away for its controlled shutdown; -1: not known
}

// session returns what is known of a registered broker; one that has sent nothing yet has a whole session from the
// beginning of the leadership on.
func (c *Controller) session(b *metadata.Broker) *session {
	s := c.sessions[b.ID]
	if s == nil || s.epoch != b.Epoch {
		s = &session{epoch: b.Epoch, seen: c.since, read: -1, registered: env.Offset(b.Epoch), shutdown: -1}
		c.sessions[b.ID] = s
	}
	return s
}

// Heard notes that a broker lives. The owner calls it when a heartbeat comes in, so that one that has to wait
// for another decision does not count as late.
func (c *Controller) Heard(now env.Now, r *kmsg.BrokerHeartbeatRequest) {
	b, ok := c.image.Broker(env.NodeID(r.BrokerID))
	if c.leading && ok && b.Epoch == env.BrokerEpoch(r.BrokerEpoch) {
		s := c.session(b)
		s.seen, s.heard = now.Mono, true
	}
}

// Lost notes that a broker's address refuses connections: its session ends now.
func (c *Controller) Lost(now env.Now, id env.NodeID, epoch env.BrokerEpoch) {
	b, ok := c.image.Broker(id)
	if !c.leading || !ok || b.Epoch != epoch {
		return
	}
	s := c.session(b)
	s.seen = min(s.seen, now.Mono.Add(-c.cfg.SessionTimeout))
}

// stale reports whether an unfenced broker has sent no heartbeat for too long.
func (c *Controller) stale(now env.Now, b *metadata.Broker) bool {
	return !b.Fenced && now.Mono >= c.session(b).seen.Add(c.cfg.SessionTimeout)
}

// knockGrace is how long a new leadership waits for a heartbeat of a broker's incarnation before it accepts the
// registration of another one: one that lives sends a heartbeat as soon as it reads of the leadership.
const knockGrace = time.Second

// replaceable reports whether a new incarnation of a broker may take the place of the registered one.
func (c *Controller) replaceable(now env.Now, b *metadata.Broker) bool {
	return b.Fenced || c.stale(now, b) || !c.session(b).heard && now.Mono >= c.since.Add(knockGrace)
}

// lowestRead is the metadata offset that every unfenced broker has.
func (c *Controller) lowestRead() env.Offset {
	lowest := env.Offset(1<<63 - 1)
	for _, b := range c.image.Brokers() {
		if !b.Fenced && !b.InControlledShutdown {
			lowest = min(lowest, c.session(b).read)
		}
	}
	return lowest
}
