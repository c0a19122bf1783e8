package group

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
)

// sweep removes expired offsets and groups every offsets.retention.check.interval.ms, a few groups at a time.
type sweep struct {
	timer
	left []string // groups this round has not come to
}

// What one slice of a sweep may do.
const (
	groupsPerSlice   = 256
	removalsPerGroup = 1000 // what is left is removed in the next round
)

// schedule starts the rounds with the first partition that is loaded.
func (s *sweep) schedule(c *Coordinator, now env.Now) {
	if !s.IsSet() {
		c.arm(&s.timer, s, now.Mono.Add(c.cfg.RetentionCheckInterval))
	}
}

func (s *sweep) expire(c *Coordinator, now env.Now) {
	if len(s.left) == 0 {
		s.left = c.groups.sorted()
	}
	n := min(len(s.left), groupsPerSlice)
	slice := s.left[:n]
	s.left = s.left[n:]
	for _, id := range slice {
		if g := c.groups.byID[id]; g != nil && c.admit(id) == kafka.None {
			s.group(c, now, g)
		}
	}
	next := now.Mono
	if len(s.left) == 0 {
		next = next.Add(c.cfg.RetentionCheckInterval)
	}
	c.arm(&s.timer, s, next)
}

// group removes a group's expired offsets, and an empty group that has none left.
func (s *sweep) group(c *Coordinator, now env.Now, g *group) {
	if g.sweeping || g.state == Dead {
		return
	}
	expired := g.expired(now.Wall, c.cfg.OffsetsRetention)
	if g.state == Empty && g.isEmpty() && len(g.inflight) == 0 && len(expired) == len(g.offsets) {
		c.deleteGroup(now, g, "expired", &groupDeleted{})
		return
	}
	if len(expired) == 0 {
		return
	}
	g.sweeping = true
	c.append(now, g, g.removals(expired, "expired"), sweptOnce{})
}

// expired returns the offsets that have expired. Those of a group with members do not expire, however old they are
// (KIP-211), except those of topics that no member subscribes to.
func (g *group) expired(wall env.WallMillis, keep time.Duration) map[kafka.TopicPartition]bool {
	base, may := g.expiryBase()
	if !may {
		return nil
	}
	var old []kafka.TopicPartition
	retention := env.WallMillis(keep.Milliseconds())
	//tidy:unordered it collects, and sorts below
	for tp, o := range g.offsets {
		if !g.subscribed(tp.Topic) && o.expiredAt(wall, base(o), retention) {
			old = append(old, tp)
		}
	}
	slices.SortFunc(old, kafka.TopicPartition.Compare)
	if len(old) > removalsPerGroup {
		old = old[:removalsPerGroup]
	}
	set := make(map[kafka.TopicPartition]bool, len(old))
	for _, tp := range old {
		set[tp] = true
	}
	return set
}

// expiryBase returns the time from which the retention of an offset counts: since the group is empty, or, where that is
// not known, since the offset was committed.
func (g *group) expiryBase() (base func(committed) env.WallMillis, may bool) {
	sinceCommit := func(o committed) env.WallMillis { return o.At }
	switch {
	case g.protocolType == "" && g.state == Empty || mutants.Enabled && mutants.On().ExpireByCommitTime:
		return sinceCommit, true // a simple group: commits are all it does
	case g.state == Empty && g.since >= 0:
		since := g.since
		return func(committed) env.WallMillis { return since }, true
	case g.state == Empty:
		return sinceCommit, true // a record from before Kafka 2.1 lacks the time of the state
	case g.state == Stable && g.protocolType == consumerProtocol && g.topics != nil:
		return sinceCommit, true // offsets of topics that no member subscribes to any more
	}
	return nil, false
}

func (o committed) expiredAt(wall, base, retention env.WallMillis) bool {
	if o.ExpiresAt >= 0 {
		return wall >= o.ExpiresAt
	}
	return wall-base >= retention
}

// sweptOnce waits for the tombstones of expired offsets.
type sweptOnce struct{}

func (sweptOnce) settle(_ *Coordinator, _ env.Now, g *group, _ kafka.ErrorCode) { g.sweeping = false }
