package controller

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// session is what one leadership has received of a broker.
type session struct {
	epoch      kafka.BrokerEpoch
	seen       env.Instant
	heard      bool         // a heartbeat came in this leadership
	read       kafka.Offset // the last metadata offset the broker has said it has
	registered kafka.Offset // of its registration's record
	shutdown   kafka.Offset // the last record that moved leaders away for its controlled shutdown; -1: not known
}

// sessions are the brokers' sessions in one leadership.
type sessions struct {
	view  *clusterView
	list  map[kafka.NodeID]*session
	since env.Instant // when this leadership began
}

// begin forgets what an earlier leadership has received.
func (s *sessions) begin(now env.Now) {
	clear(s.list)
	s.since = now.Mono
}

// of returns what is known of a registered broker; one that has sent nothing yet has a whole session from the
// beginning of the leadership on.
func (s *sessions) of(b *metadata.Broker) *session {
	known := s.list[b.ID]
	if known == nil || known.epoch != b.Epoch {
		known = &session{epoch: b.Epoch, seen: s.since, read: -1, registered: kafka.Offset(b.Epoch), shutdown: -1}
		s.list[b.ID] = known
	}
	return known
}

// Heard notes that a broker lives. The owner calls it when a heartbeat comes in, so that one that has to wait
// for another decision does not count as late.
func (c *Controller) Heard(now env.Now, r *kmsg.BrokerHeartbeatRequest) {
	b, ok := c.view.image.Broker(kafka.NodeID(r.BrokerID))
	if c.leading && ok && b.Epoch == kafka.BrokerEpoch(r.BrokerEpoch) {
		s := c.sessions.of(b)
		s.seen, s.heard = now.Mono, true
	}
}

// Lost notes that a broker's address refuses connections: its session ends now.
func (c *Controller) Lost(now env.Now, id kafka.NodeID, epoch kafka.BrokerEpoch) {
	b, ok := c.view.image.Broker(id)
	if !c.leading || !ok || b.Epoch != epoch {
		return
	}
	s := c.sessions.of(b)
	s.seen = min(s.seen, now.Mono.Add(-c.view.cfg.SessionTimeout))
}

// stale reports whether an unfenced broker has sent no heartbeat for too long.
func (s *sessions) stale(now env.Now, b *metadata.Broker) bool {
	return !b.Fenced && now.Mono >= s.of(b).seen.Add(s.view.cfg.SessionTimeout)
}

// knockGrace is how long a new leadership waits for a heartbeat of a broker's incarnation before it accepts the
// registration of another one: one that lives sends a heartbeat as soon as it reads of the leadership.
const knockGrace = time.Second

// replaceable reports whether a new incarnation of a broker may take the place of the registered one.
func (s *sessions) replaceable(now env.Now, b *metadata.Broker) bool {
	return b.Fenced || s.stale(now, b) || !s.of(b).heard && now.Mono >= s.since.Add(knockGrace)
}

// lowestRead is the metadata offset that every unfenced broker has.
func (s *sessions) lowestRead() kafka.Offset {
	lowest := kafka.Offset(1<<63 - 1)
	for _, b := range s.view.image.Brokers() {
		if !b.Fenced && !b.InControlledShutdown {
			lowest = min(lowest, s.of(b).read)
		}
	}
	return lowest
}
