package broker

import (
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/mutants"
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
	readBy  uint64      // the last fetch that named it (Broker.fetches), …
	reading *fetchPart  // … and where
	touched bool        // in Broker.touched
	told    readable    // what readers have been woken for
	looking bool        // a reader waits for the disk to say where an offset is

	alarm    alarm           // the log's deadline
	found    seglog.Recovery // what the checkpoints said of it
	deleting bool
	opened   bool // that it is Ready, or Fenced at once, has been handled
	loaded   bool // it was Ready at some time
	fenced   bool // that it is Fenced has been handled
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

// settled says whether the log has loaded, and what its recovery found may be told: with flush.messages that has to
// be flushed first.
func (p *partition) settled() bool {
	switch p.log.State() {
	case seglog.Loading:
		return false
	case seglog.Ready:
		return p.log.Stable() == p.log.EndOffset()
	}
	return true
}

// settle moves the high watermark to what is safe now and tells everybody who waits for this partition.
func (p *partition) settle(now env.Now) {
	p.touched = false
	if !p.opened && p.settled() {
		p.opened, p.loaded = true, p.log.State() != seglog.Fenced
		p.broker.partitionOpened(now, p)
	}
	if !p.fenced && p.log.State() == seglog.Fenced {
		p.fenced = true
		p.broker.partitionFenced(now, p)
	}
	p.advance()
	p.answerAcks(now)
	p.wakeReaders()
	p.retryLookups(now)
	if p.log.State() == seglog.Closed && p.deleting {
		p.broker.logs[p.owner] = nil
	}
	p.broker.deadlines.set(&p.alarm, p.log.Deadline())
}

// advance moves the high watermark: with one replica, everything that is safe is committed.
func (p *partition) advance() {
	if st := p.log.State(); st != seglog.Ready && st != seglog.Closing {
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
	switch {
	case len(p.acks) == 0 || p.log.State() == seglog.Loading:
		return
	case p.deleting:
		p.failAcks(now, wire.UnknownTopicOrPartition)
		return
	case p.log.State() == seglog.Fenced:
		p.failAcks(now, wire.KafkaStorageError)
		return
	}
	done := 0
	for done < len(p.acks) && p.acks[done].upTo <= p.safe() {
		a := p.acks[done]
		p.acks[done] = ack{}
		done++
		a.who.acked(now, a.tag, wire.None)
	}
	n := copy(p.acks, p.acks[done:])
	clear(p.acks[n:])
	p.acks = p.acks[:n]
}

// safe is the end of what may be acknowledged.
func (p *partition) safe() env.Offset {
	switch {
	case mutants.Enabled && mutants.On().AckBeforeWrite:
		return p.log.EndOffset()
	case mutants.Enabled && mutants.On().AckBeforeFlush:
		return p.log.Written()
	}
	return p.log.Stable()
}

// readable is what a fetch can find changed in a partition.
type readable struct {
	hw, start env.Offset
	state     seglog.State
	deleting  bool
}

// wakeReaders has the fetches that wait for this partition tried again, if there may be something for them.
func (p *partition) wakeReaders() {
	now := readable{p.log.HighWatermark(), p.log.LogStart(), p.log.State(), p.deleting}
	if now == p.told && !p.looking {
		return
	}
	p.told, p.looking = now, false
	for _, spot := range p.readers {
		spot.fetch.retry()
	}
}

// failAcks tells everybody who waits that their append is lost, or of no use any more.
func (p *partition) failAcks(now env.Now, code wire.ErrorCode) {
	for i := 0; i < len(p.acks); i++ {
		a := p.acks[i]
		p.acks[i] = ack{}
		a.who.acked(now, a.tag, code)
	}
	p.acks = p.acks[:0]
}

// wake gives the log its tick.
func (p *partition) wake(now env.Now) {
	p.log.Tick(now)
	p.touch()
}
