package controller

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/mutants"
)

// electionsMax bounds the leaders that one decision moves or finds because time has passed.
const electionsMax = 1000

// Tick decides what time asks for; ok is false if that is nothing. The owner calls it again when the decision is
// answered.
func (c *Controller) Tick(now env.Now) (d Decision, ok bool) {
	if !c.leading || c.pending != 0 {
		return Decision{}, false
	}
	records := c.expire(now)
	if len(records) == 0 {
		records = c.electUnclean(now)
	}
	if len(records) == 0 {
		records = c.balanceLeaders(now)
	}
	return c.decision(records, func(kafka.ErrorCode) kmsg.Response { return nil }), len(records) > 0
}

// Deadline is when Tick has something to look at.
func (c *Controller) Deadline() env.Instant {
	if !c.leading || c.pending != 0 {
		return env.Never
	}
	at := min(c.balance, c.unclean)
	for _, b := range c.view.image.Brokers() {
		if !b.Fenced {
			at = min(at, c.sessions.of(b).seen.Add(c.view.cfg.SessionTimeout))
		}
	}
	return at
}

// expire fences a broker whose session has ended. I14: one a decision, even if several have. What becomes of the
// next one's partitions has to be worked out from the image that has the first one's changes: two changes of one
// partition from one image would undo each other.
func (c *Controller) expire(now env.Now) []metadata.Record {
	var records []metadata.Record
	for _, b := range c.view.image.Brokers() {
		if !c.sessions.stale(now, b) {
			continue
		}
		if records = append(records, c.view.fence(b)...); !(mutants.Enabled && mutants.On().BatchExpire) {
			break
		}
	}
	return records
}

// fence takes a broker out of service: its leaderships first, so that none is ever left with it.
func (c *clusterView) fence(b *metadata.Broker) []metadata.Record {
	w := noTurn
	w.goes = b.ID
	return append(c.turned(w, w.concerns), &metadata.BrokerRegistrationChange{Broker: b.ID, Epoch: b.Epoch,
		Fenced: metadata.BecomesTrue})
}

// electUnclean finds leaders for partitions without one, where the topic would rather have one that may lack
// records.
func (c *Controller) electUnclean(now env.Now) []metadata.Record {
	if now.Mono < c.unclean {
		return nil
	}
	records := c.view.elections(func(t *metadata.Topic, p *metadata.Partition) election {
		if p.Leader != kafka.NoNode || !c.view.uncleanAllowed(t.Name) {
			return online
		}
		return unclean
	})
	if len(records) < electionsMax { // else there may be more to do at once
		c.unclean = every(now, c.view.cfg.UncleanEvery)
	}
	return records
}

// balanceLeaders gives leaderships back to preferred leaders.
func (c *Controller) balanceLeaders(now env.Now) []metadata.Record {
	if now.Mono < c.balance {
		return nil
	}
	records := c.view.elections(func(_ *metadata.Topic, p *metadata.Partition) election {
		if len(p.Replicas) == 0 || p.Leader == p.Replicas[0] || !c.view.active(p.Replicas[0]) {
			return online
		}
		return preferred
	})
	if len(records) < electionsMax {
		c.balance = every(now, c.view.cfg.BalanceEvery)
	}
	return records
}

// elections holds an election for every partition that needs another than the everyday one, so many at most.
func (c *clusterView) elections(need func(*metadata.Topic, *metadata.Partition) election) []metadata.Record {
	var records []metadata.Record
	for _, t := range c.image.Topics() {
		for _, p := range t.Partitions() {
			kind := need(t, p)
			if kind == online {
				continue
			}
			b := c.change(t, p)
			b.election = kind
			if r := b.build(); r != nil {
				records = append(records, r)
			}
			if len(records) == electionsMax {
				return records
			}
		}
	}
	return records
}
