package broker

import (
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// partition is one replica on this broker: its log, and who waits for it.
type partition struct {
	env.TopicPartition
	broker  *Broker
	topicID env.UUID
	owner   uint32 // its number in OpIDs and in Broker.logs
	log     *seglog.Log
	epoch   env.LeaderEpoch
	config  *config.Topic
	limits  partitionLimits

	acks    []ack       // waiting for the log's Stable to reach upTo; in order of upTo
	readers []*waitSpot // fetches waiting for anything to change here
	lookups []*lookup   // ListOffsets waiting for a search on disk
	touched bool        // in Broker.touched

	wakeAt   env.Instant // the deadline set for it, Never if none
	deleting bool
	opened   bool // its Ready or Fenced has been handled
}

// ack is somebody waiting until everything below upTo may be acknowledged.
type ack struct {
	upTo env.Offset
	who  acker
	tag  int // tells the waiting one which of its partitions this is
}

// acker hears that its append is safe, or why it will never be.
type acker interface {
	acked(now env.Now, tag int, code wire.ErrorCode)
}

// awaitStable calls who.acked once everything below upTo is safe; at the end of this step at the earliest.
func (p *partition) awaitStable(upTo env.Offset, who acker, tag int) {
	p.acks = append(p.acks, ack{upTo, who, tag})
	p.touch()
}

// touch has the partition settled at the end of the step.
func (p *partition) touch() {
	if !p.touched {
		p.touched = true
		p.broker.touched = append(p.broker.touched, p)
	}
}

// usable says whether requests may be served, or which error they get.
func (p *partition) usable() wire.ErrorCode {
	switch {
	case p.deleting:
		return wire.UnknownTopicOrPartition
	case p.log.State() == seglog.Ready:
		return wire.None
	case p.log.State() == seglog.Loading:
		return wire.NotLeaderOrFollower
	}
	return wire.KafkaStorageError
}

// settle moves the high watermark to what is safe now and tells everybody who waits for this partition.
func (p *partition) settle(now env.Now) {
	p.touched = false
	if !p.opened && p.log.State() != seglog.Loading {
		p.opened = true
		p.broker.partitionOpened(now, p)
	}
	p.advance()
	p.answerAcks(now)
	p.wakeReaders()
	p.retryLookups(now)
	if p.log.State() == seglog.Closed {
		p.broker.partitionClosed(now, p)
	}
	p.schedule()
}

// advance moves the high watermark: with one replica, everything that is safe is committed.
func (p *partition) advance() {
	if p.log.State() != seglog.Ready {
		return
	}
	from, to := p.log.HighWatermark(), p.log.Stable()
	if to <= from {
		return
	}
	p.log.SetHighWatermark(to)
	if p.broker.world.Facts != nil {
		p.broker.world.Facts.Tell(env.HighWatermarkAdvanced{TopicPartition: p.TopicPartition, From: from, To: to})
	}
}

// answerAcks answers whoever waits below the stable offset, and everybody once the log is fenced. An answer may
// append to this very log: the loop goes on until nobody is left to answer.
func (p *partition) answerAcks(now env.Now) {
	code := wire.None
	switch p.log.State() {
	case seglog.Loading:
		return
	case seglog.Fenced:
		code = wire.KafkaStorageError
	}
	done := 0
	for done < len(p.acks) && (code != wire.None || p.acks[done].upTo <= p.log.Stable()) {
		a := p.acks[done]
		p.acks[done] = ack{}
		done++
		a.who.acked(now, a.tag, code)
	}
	if done == len(p.acks) {
		p.acks = p.acks[:0]
		return
	}
	p.acks = append(p.acks[:0], p.acks[done:]...)
}

// schedule keeps one deadline of the log in the broker's heap.
func (p *partition) schedule() {
	at := p.log.Deadline()
	if at >= p.wakeAt {
		return
	}
	p.wakeAt = at
	p.broker.deadlines.set(at, p)
}

// wake gives the log its tick; a log that moved its deadline later is asked again then.
func (p *partition) wake(now env.Now) {
	if p.wakeAt > now.Mono {
		return // an entry left behind by a later one that was nearer
	}
	p.wakeAt = env.Never
	if p.log.Deadline() <= now.Mono {
		p.log.Tick(now)
	}
	p.touch()
}
