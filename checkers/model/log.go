package model

import (
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

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
	if len(r.disk.lost) > 0 {
		r.refilled(r.End)
	}
}

var _ = onReplica(func(s *Step, f env.Flushed) { s.Replica.Flushed = max(s.Replica.Flushed, f.To) })

var _ = onFact(bindLog, func(s *Step, f env.LogStartAdvanced) {
	switch r := s.Replica; {
	case f.Topic == kafka.MetadataTopic:
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
	if r == r.Partition.Leader {
		r.Partition.leaderDropped = true
	}
	r.leave(NoEpoch)
	r.disk.removed = r.Batches
	r.forget()
	r.Known, r.End, r.Role, r.disk.mayHaveLost = false, 0, Idle, history.Fault{}
})
