package broker

import (
	"gregor/core/admit"
	"gregor/core/alarm"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/replica"
	"gregor/core/replication"
	"gregor/core/seglog"
)

// partition is one replica on this broker: its log, its part in the replication, and who waits for it.
//
//tidy:size a log, its replica and what waits for them: to be divided when the log start gets an owner
type partition struct {
	kafka.TopicPartition
	broker    *Broker
	topicID   kafka.UUID
	owner     uint32 // its number in OpIDs and in Broker.logs
	log       *seglog.Log
	replica   *replica.Replica
	following replication.Following
	config    *config.Topic
	limits    admit.Topic

	readers   []*waitSpot  // fetches waiting for anything to change here
	follows   int          // how many of them are followers'
	deletions int          // DeleteRecords requests that wait until the followers' logs begin where this one does
	lookups   []*lookup    // ListOffsets waiting for a search on disk
	readBy    uint64       // the last fetch that named it (Broker.fetches), …
	reading   *fetchPart   // … and where
	touched   bool         // in Broker.touched
	told      visible      // what readers have been woken for
	written   kafka.Offset // what followers have been woken for
	looking   bool         // a reader waits for the disk to find an offset
	led       bool         // followers were called when this broker began to lead it

	alarm alarm.Alarm       // the log's deadline and the replica's
	found seglog.Recovery   // what the checkpoints said of it
	cuts  int               // cuts of the log that wait for a checkpoint
	cut   replica.CutBounds // of them, and of the one being made

	deleting bool
	opened   bool // that it is Ready, or Fenced at once, has been handled
	loaded   bool // it was Ready at some time
	fenced   bool // that it is Fenced has been handled
}

// touch has the partition settled at the end of the step.
func (p *partition) touch() {
	if !p.touched {
		p.touched = true
		p.broker.logs.touched = append(p.broker.logs.touched, p)
	}
}

// usable reports whether requests that only a leader can serve may be served, or which error they get.
func (p *partition) usable() kafka.ErrorCode {
	switch {
	case p.deleting:
		return kafka.UnknownTopicOrPartition
	case p.log.State() == seglog.Ready && p.replica.Role() == replica.Leading:
		return kafka.None
	case p.log.State() == seglog.Loading, p.log.State() == seglog.Ready:
		return kafka.NotLeaderOrFollower
	}
	return kafka.KafkaStorageError
}

// served is usable for requests that only read: a disk without space is no obstacle.
func (p *partition) served() kafka.ErrorCode {
	if !p.deleting && p.log.State() == seglog.Full && p.replica.Role() == replica.Leading {
		return kafka.None
	}
	return p.usable()
}

// readable reports whether the replica can be read at all, led here or not.
func (p *partition) readable() kafka.ErrorCode {
	if p.log.State() == seglog.Full && !p.deleting {
		return kafka.None
	}
	if code := p.usable(); code != kafka.NotLeaderOrFollower || p.log.State() == seglog.Loading {
		return code
	}
	return kafka.None
}

// settle has the replica do what has become possible, and wakes all that wait for this partition.
func (p *partition) settle(now env.Now) {
	p.touched = false
	state := p.log.State()
	if !p.opened && state != seglog.Loading {
		p.opened, p.loaded = true, state != seglog.Fenced
		p.broker.placed.Opened(now)
	}
	p.settleDisk(now, state)
	p.settleReplica(now)
	p.callFollowers(now)
	if !p.deleting {
		p.broker.coordinators.set.Update(now, p.TopicPartition, internalPartition{p})
	}
	p.wakeReaders()
	p.retryLookups(now)
	if p.log.State() == seglog.Closed && p.deleting {
		p.broker.logs.byOwner[p.owner] = nil
	}
	p.broker.deadlines.Set(&p.alarm, min(p.log.Deadline(), p.deadline()))
}

// settleDisk handles that the disk has failed the log, and that there is space again.
func (p *partition) settleDisk(now env.Now, state seglog.State) {
	switch failed := state == seglog.Fenced || state == seglog.Full; {
	case failed && !p.fenced:
		p.fenced = true
		p.broker.partitionFenced(now, p)
	case p.fenced && state == seglog.Ready:
		p.fenced = false
		p.replica.Reopened()
	}
}

func (p *partition) settleReplica(now env.Now) {
	switch {
	case p.deleting && p.replica.Waiting() > 0:
		p.replica.FailWaiters(now, kafka.UnknownTopicOrPartition)
	case !p.deleting:
		p.replica.Settle(now)
	}
	p.following.Touch()
}

// deadline is the replica's, while there is something to do for it.
func (p *partition) deadline() env.Instant {
	if p.deleting || p.fenced || p.broker.phase == stopping {
		return env.Never
	}
	return p.replica.Deadline()
}

// visible is what a fetch can find changed in a partition.
type visible struct {
	hw, start kafka.Offset
	state     seglog.State
	deleting  bool
	epoch     kafka.LeaderEpoch
}

// wakeReaders has the fetches that wait for this partition tried again, if there may be something for them: for
// followers whatever is written, for consumers what is committed.
func (p *partition) wakeReaders() {
	now := visible{p.log.HighWatermark(), p.log.LogStart(), p.log.State(), p.deleting, p.replica.Epoch()}
	written := p.log.Written()
	all := now != p.told || p.looking
	more := written != p.written && p.follows > 0
	p.written = written
	if !all && !more {
		return
	}
	p.told, p.looking = now, false
	for _, spot := range p.readers {
		if all || spot.fetch.replica >= 0 {
			spot.fetch.retry()
		}
	}
}

// wake gives the log and the replica their ticks.
func (p *partition) Wake(now env.Now) {
	p.log.Tick(now)
	if p.deadline() != env.Never {
		p.replica.Tick(now)
	}
	p.touch()
}

// recovery is what the checkpoints say of the partition: what its log says or, as long as that has not loaded
// and if it never does, what they said before. Records deleted below a log start must not come back because the
// disk failed once.
func (p *partition) recovery() seglog.Recovery {
	if !p.loaded {
		return p.found
	}
	point, start := p.log.RecoveryPoint(), p.log.LogStart()
	if p.isBeingCut() {
		point, start = min(point, p.cut.RecoveryPoint), min(start, p.cut.LogStart)
	}
	return seglog.Recovery{RecoveryPoint: point, LogStart: start, HighWatermark: p.log.HighWatermark(),
		CleanedTo: p.log.CleanerCheckpoint()}
}

// Bind keeps checkpoints within the bounds of a cut until it has been made: a round may look at the log while it waits
// for what is in flight.
func (p *partition) Bind(b replica.CutBounds) {
	if p.isBeingCut() {
		b = replica.CutBounds{RecoveryPoint: min(b.RecoveryPoint, p.cut.RecoveryPoint),
			LogStart: min(b.LogStart, p.cut.LogStart)}
	}
	p.cut = b
	p.cuts++
}

func (p *partition) isBeingCut() bool { return p.cuts > 0 || p.log.State() == seglog.Loading }

// Apply applies to the replica what the image says of its partition.
func (p *partition) Apply(now env.Now, state *metadata.Partition) {
	p.replica.Apply(now, replica.State{TopicID: p.topicID, Leader: state.Leader, LeaderEpoch: state.LeaderEpoch,
		PartitionEpoch: replica.PartitionEpoch(state.PartitionEpoch), Replicas: state.Replicas, ISR: state.ISR})
	p.touch()
}

// Truncate makes a truncation that Bind announced.
func (p *partition) Truncate(now env.Now, bounds replica.CutBounds) {
	p.cuts--
	if !p.deleting {
		p.replica.Truncate(now, bounds)
		p.touch()
	}
}

// Replica is the partition's replica.
func (p *partition) Replica() *replica.Replica { return p.replica }

// Touch settles the partition at the end of the step.
func (p *partition) Touch() { p.touch() }

// Following is what the replica keeps for its fetcher and its quotas.
func (p *partition) Following() *replication.Following { return &p.following }

// TopicID is the id of the partition's topic.
func (p *partition) TopicID() kafka.UUID { return p.topicID }

// Delete deletes the partition's log.
func (p *partition) Delete(now env.Now) {
	p.log.Delete(now)
	p.touch()
}
