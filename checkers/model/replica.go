package model

import (
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
)

// Replica is one broker's log of a partition, and its role.
type Replica struct {
	Partition  *Partition
	Node       *Node
	Known      bool // Start and End are known
	Opened     bool // its log was opened once
	Start, End env.Offset
	MaxStart   env.Offset // the highest start it has reported, in any life
	Flushed    env.Offset
	High       env.Offset // its high watermark
	Counted    env.Offset // a leader has committed everything below because this replica, too, had appended it
	Fenced     bool
	Recovering bool // the node's life has ended, and the log was not opened since
	Batches    Batches
	Truncation Truncation

	Role     Role
	InEpoch  bool            // it has reported a role once
	Entered  int             // how often it has entered an epoch
	Epoch    env.LeaderEpoch // of its role, NoEpoch
	Follows  env.NodeID
	ISR      []env.NodeID // a leader's, as it knows it
	Proposed []env.NodeID // what it has proposed for it

	highKnown   bool          // High was reported since the log was opened
	reloading   bool          // a truncation has been reported, a recovery follows
	mayHaveLost history.Fault // the latest that may have taken records since it was opened
	closed      bool          // it was open when its broker stopped on request, and no power cut has come since
	cleanStart  bool          // it was opened after a clean stop
	producers   map[env.ProducerID]*Producer
	view        *View       // of its node; nil: nothing was reported
	left        [8]epochEnd // where its log ended when it left older epochs
	leaving     int         // how many it has left
	lost        []lostRange
}

// Role is what a replica does.
type Role uint8

// The roles.
const (
	Idle Role = iota
	Leading
	Following
)

// epochEnd is where a log ended when its replica left an epoch.
type epochEnd struct {
	epoch env.LeaderEpoch
	end   env.Offset
}

// leave records where the log ended in the epoch that the replica was in.
func (r *Replica) leave(next env.LeaderEpoch) {
	if r.Epoch >= 0 && r.Epoch != next {
		r.left[r.leaving%len(r.left)] = epochEnd{r.Epoch, r.End}
		r.leaving++
	}
	r.Epoch = next
}

// Reached reports whether the log was known to end at or beyond an offset when the replica left an epoch.
func (r *Replica) Reached(epoch env.LeaderEpoch, to env.Offset) bool {
	return slices.ContainsFunc(r.left[:], func(l epochEnd) bool { return l.epoch == epoch && l.end >= to })
}

// Was reports whether a replica was in an epoch, or in a newer one.
func (r *Replica) Was(epoch env.LeaderEpoch) bool {
	return r.Epoch >= epoch || slices.ContainsFunc(r.left[:], func(l epochEnd) bool { return l.epoch >= epoch })
}

// Decides reports whether a replica's high watermark is its own and not its leader's. A history that reports no roles is
// that of a broker that leads everything.
func (r *Replica) Decides() bool { return r.Role == Leading || !r.InEpoch }

// Reopens reports whether a log that is opened now was open before: it must hold what it held. One that is opened while
// its broker is up is a new one.
func (r *Replica) Reopens() bool { return r.Known && (!r.Node.Up || r.reloading) }

// MinISR is min.insync.replicas as the replica's node has applied it, 0 if that is not known.
func (r *Replica) MinISR() int {
	if r.view == nil {
		return 0
	}
	return r.view.MinISR
}

// Holds reports whether a replica's log agrees with another just below an offset, and so below it.
func (r *Replica) Holds(l *Batches, to env.Offset) bool {
	if r.End < to {
		return false
	}
	o := to - 1
	return o < max(r.Start, r.Partition.Cleaned) || agree(l, &r.Batches, o)
}

// forget empties a replica.
func (r *Replica) forget() {
	r.Flushed, r.High, r.highKnown, r.Counted = 0, 0, false, 0
	r.Batches, r.producers = Batches{}, map[env.ProducerID]*Producer{}
}

// truncate forgets what a replica held from an offset on.
func (r *Replica) truncate(to env.Offset) {
	r.End = min(r.End, to)
	r.Flushed = min(r.Flushed, to)
	r.High = min(r.High, to)
	r.Counted = min(r.Counted, to)
	r.Batches.truncate(to)
	r.rewindProducers(to)
}

var _ = onReplica(func(s *Step, f env.Appended) { s.Replica.appended(&f) })

func (r *Replica) appended(f *env.Appended) {
	switch {
	case f.Last < f.Base:
		return
	case !r.Known:
		r.Known, r.Start, r.End = true, f.Base, f.Base
	case f.Base < r.End:
		r.truncate(f.Base)
	}
	r.produced(f)
	r.Batches.push(Batch{Base: f.Base, Last: f.Last, CRC: f.CRC, Epoch: f.Epoch, Producer: f.ProducerID,
		ProducerEpoch: f.ProducerEpoch, Sequence: f.BaseSequence})
	r.End = f.Last + 1
	if len(r.lost) > 0 {
		r.refilled(r.End)
	}
}

var _ = onReplica(func(s *Step, f env.Flushed) { s.Replica.Flushed = max(s.Replica.Flushed, f.To) })

var _ = onFact(bindLog, func(s *Step, f env.LogStartAdvanced) {
	switch r := s.Replica; {
	case f.Topic == metadataTopic:
		s.Emitter.Quorum.startAdvanced(f.To)
	case r != nil:
		r.Start = max(r.Start, f.To)
		r.MaxStart = max(r.MaxStart, r.Start)
	}
})

var _ = onFact(bindLog, func(s *Step, f env.PartitionFenced) {
	if s.Replica != nil {
		s.Replica.Fenced = true
	}
})

// bindLog finds the log that a fact is about: the metadata quorum's, which has no replica here, or a partition's.
func bindLog[F aboutPartition](s *Step, f F) {
	if f.About().Topic == metadataTopic {
		s.Emitter = s.Cluster.join(s.Cluster.node(s.Node))
	} else {
		s.at(s.Cluster.replica(s.Node, f.About()))
	}
}

// From a Cleaning on, a replica may have other bytes below than another one, and a third may be sent either.
var _ = onReplica(func(s *Step, f env.Cleaning) { s.Partition.Cleaned = max(s.Partition.Cleaned, f.To) })

// These change nothing, but checks ask which replica they are about.
var (
	_ = onReplica(func(s *Step, f env.Cleaned) {})
	_ = onReplica(func(s *Step, f env.DuplicateDropped) {})
	_ = onReplica(func(s *Step, f env.EpochBegun) {})
	_ = onReplica(func(s *Step, f env.FollowerHeard) {})
	_ = onReplica(func(s *Step, f env.RecordsDeleted) {})
)

// A node removes its log of a partition.
var _ = onFact(func(s *Step, f env.ReplicaDropped) {
	s.at(s.Cluster.replicaOf(s.Node, f.TopicPartition, f.TopicID))
}, func(s *Step, f env.ReplicaDropped) {
	r := s.Replica
	if r == nil {
		return
	}
	r.endLeading(s.Event)
	r.leave(NoEpoch)
	r.forget()
	r.Known, r.End, r.Role, r.mayHaveLost = false, 0, Idle, history.Fault{}
})
