package model

import (
	"slices"

	"gregor/core/kafka"
)

// leave records where the log ended in the epoch that the replica was in.
func (r *Replica) leave(next kafka.LeaderEpoch) {
	if r.Epoch >= 0 && r.Epoch != next {
		r.past.ends[r.past.left%len(r.past.ends)] = epochEnd{r.Epoch, r.End}
		r.past.left++
	}
	r.Epoch = next
}

// Reached reports whether the log was known to end at or beyond an offset when the replica left an epoch.
func (r *Replica) Reached(epoch kafka.LeaderEpoch, to kafka.Offset) bool {
	return slices.ContainsFunc(r.past.ends[:], func(l epochEnd) bool { return l.epoch == epoch && l.end >= to })
}

// Was reports whether a replica was in an epoch, or in a newer one.
func (r *Replica) Was(epoch kafka.LeaderEpoch) bool {
	return r.Epoch >= epoch || slices.ContainsFunc(r.past.ends[:], func(l epochEnd) bool { return l.epoch >= epoch })
}

// Decides reports whether a replica's high watermark is its own and not its leader's. A history that reports no roles
// is that of a broker that leads everything.
func (r *Replica) Decides() bool { return r.Role == Leading || !r.InEpoch }

// Reopens reports whether a log that is opened now was open before: it must hold what it held. One that is opened while
// its broker is up is a new one.
func (r *Replica) Reopens() bool { return r.Known && (!r.Node.Up || r.disk.reloading) }

// MinISR is min.insync.replicas as the replica's node has applied it, 0 if that is not known.
func (r *Replica) MinISR() int {
	if r.view == nil {
		return 0
	}
	return r.view.MinISR
}

// Holds reports whether a replica's log agrees with another just below an offset, and so below it.
func (r *Replica) Holds(l *Batches, to kafka.Offset) bool {
	if r.End < to {
		return false
	}
	o := to - 1
	return o < max(r.Start, r.Partition.Cleaned) || agree(l, &r.Batches, o)
}

// forget empties a replica.
func (r *Replica) forget() {
	r.Flushed, r.High, r.disk.highKnown, r.Counted = 0, 0, false, 0
	r.Batches, r.producers = Batches{}, map[kafka.ProducerID]*Producer{}
}

// truncate forgets what a replica held from an offset on.
func (r *Replica) truncate(to kafka.Offset) {
	r.End = min(r.End, to)
	r.Flushed = min(r.Flushed, to)
	r.High = min(r.High, to)
	r.Counted = min(r.Counted, to)
	r.Batches.truncate(to)
	r.rewindProducers(to)
}

// bindLog finds the log that a fact is about: the metadata quorum's, which has no replica here, or a partition's.
func bindLog[F aboutPartition](s *Step, f F) {
	if f.About().Topic == kafka.MetadataTopic {
		s.Emitter = s.Cluster.join(s.Cluster.node(s.Node))
	} else {
		s.at(s.Cluster.replica(s.Node, f.About()))
	}
}
