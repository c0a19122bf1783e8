package model

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// MetadataLog is the quorum's partition.
var MetadataLog = kafka.TopicPartition{Topic: kafka.MetadataTopic}

func (q *QuorumReplica) endLife() { q.Leads, q.High = NoEpoch, 0 }

// wiped forgets what an emptied disk has forgotten.
func (q *QuorumReplica) wiped() {
	joined := q.joined
	*q = newQuorumReplica()
	q.joined, q.Emptied = joined, true
}

// truncate forgets what a replica held from an offset on.
func (q *QuorumReplica) truncate(to kafka.Offset) {
	q.End, q.Flushed = min(q.End, to), min(q.Flushed, to)
	q.Batches.truncate(to)
}

// Holds reports whether a replica agrees with a log just below an offset. What is below its own start a snapshot
// covers.
func (q *QuorumReplica) Holds(l *Batches, to kafka.Offset) bool {
	return to <= q.Start || q.End >= to && agree(l, &q.Batches, to-1)
}

func (q *QuorumReplica) startAdvanced(to kafka.Offset) {
	q.Start = max(q.Start, to)
	q.Batches.drop(q.Start)
}

// Keeps reports whether nothing committed lies beyond an offset at which a replica's log shall end.
func (m *Quorum) Keeps(q *QuorumReplica, end kafka.Offset) bool {
	was, is := m.Log.At(end), q.Batches.At(end)
	return end >= min(m.Committed, q.End) || was == nil || is == nil || !is.Same(was)
}

// onVoter registers what a fact about a node's replica of the metadata log changes.
func onVoter[F env.Fact](id func(F) kafka.NodeID, change func(s *Step, q *QuorumReplica, f F)) bool {
	return onFact(func(s *Step, f F) {
		s.Emitter = s.Cluster.join(s.Cluster.identify(s.Node, id(f)))
	}, func(s *Step, f F) { change(s, &s.Emitter.Quorum, f) })
}

// join counts a node among those that have a replica of the metadata log.
func (c *Cluster) join(n *Node) *Node {
	if !n.Quorum.joined {
		n.Quorum.joined = true
		c.Quorum.Members = append(c.Quorum.Members, n)
	}
	return n
}

var _ = onVoter(func(f env.QuorumAppended) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumAppended) {
		switch {
		case !q.Known:
			q.Known, q.Start, q.End = true, f.Base, f.Base
		case f.Base != q.End || f.Last < f.Base:
			q.truncate(f.Base)
		}
		q.Batches.push(Batch{Base: f.Base, Last: f.Last, CRC: f.CRC, Epoch: f.Epoch})
		q.End = f.Last + 1
	})

var _ = onVoter(func(f env.QuorumFlushed) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumFlushed) {
		q.Flushed = max(q.Flushed, f.To)
	})

var _ = onVoter(func(f env.QuorumHighWatermark) kafka.NodeID { return f.Node },
	func(s *Step, q *QuorumReplica, f env.QuorumHighWatermark) {
		m := &s.Cluster.Quorum
		if q.LeadsIn(f.Epoch) && f.Offset > m.Committed && !m.Overruled(s.Emitter, f) {
			m.commit(q, f.Offset)
		}
		q.High = max(q.High, f.Offset)
	})

// LeadsIn reports whether a replica leads in an epoch.
func (q *QuorumReplica) LeadsIn(epoch kafka.LeaderEpoch) bool {
	return q.Leads >= 0 && q.Leads == epoch
}

// Overruled reports whether a leader of a newer epoch does not hold what a leader commits.
func (m *Quorum) Overruled(n *Node, f env.QuorumHighWatermark) bool {
	newest := m.Leader
	return newest != nil && newest != n && m.Epoch > f.Epoch && !newest.Quorum.Holds(&n.Quorum.Batches, f.Offset)
}

func (m *Quorum) commit(q *QuorumReplica, to kafka.Offset) {
	for _, b := range q.Batches.from(m.Committed) {
		if last := m.Log.Last(); b.Base < to && (last == nil || b.Base > last.Last) {
			m.Log.push(b)
		}
	}
	m.Committed = to
}

var _ = onVoter(func(f env.BecameQuorumLeader) kafka.NodeID { return f.Node },
	func(s *Step, q *QuorumReplica, f env.BecameQuorumLeader) {
		m := &s.Cluster.Quorum
		if f.Epoch > m.Epoch {
			if at := m.Lacks(q); at >= 0 {
				m.Committed = min(m.Committed, at)
				m.Log.truncate(at)
			}
			m.Leader, m.Epoch = s.Emitter, f.Epoch
		}
		q.Leads, q.Led = f.Epoch, f.Epoch
		m.leads(s.Emitter, f.Epoch)
	})

// Lacks is the first committed offset that a replica does not hold, -1 if it holds them all.
func (m *Quorum) Lacks(q *QuorumReplica) kafka.Offset {
	if !q.Known || q.Holds(&m.Log, m.Committed) {
		return -1
	}
	return Fork(&m.Log, &q.Batches, min(q.End, m.Committed), q.Start)
}

// LeaderOf is the leader of an epoch, nil if that is not known.
func (m *Quorum) LeaderOf(epoch kafka.LeaderEpoch) *Node {
	for i := len(m.leaders) - 1; i >= 0; i-- {
		if m.leaders[i].epoch == epoch {
			return m.leaders[i].node
		}
	}
	return nil
}

func (m *Quorum) leads(n *Node, epoch kafka.LeaderEpoch) {
	if m.LeaderOf(epoch) != nil {
		return
	}
	if len(m.leaders) >= maxLeaderships {
		m.leaders = slices.Delete(m.leaders, 0, 1)
	}
	m.leaders = append(m.leaders, quorumLeadership{epoch, n, m.Committed})
}

// CommittedIn is what was committed before a leader of a newer epoch began.
func (m *Quorum) CommittedIn(epoch kafka.LeaderEpoch) kafka.Offset {
	committed := m.Committed
	for _, l := range m.leaders {
		if l.epoch > epoch {
			committed = min(committed, l.after)
		}
	}
	return committed
}

var _ = onVoter(func(f env.QuorumResigned) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumResigned) {
		if q.Leads == f.Epoch {
			q.Leads = NoEpoch
		}
	})

var _ = onVoter(func(f env.QuorumVoted) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumVoted) {
		q.voter = true
		if f.Epoch >= q.Voted.Epoch {
			q.Voted = f
		}
	})

var _ = onVoter(func(f env.QuorumCutting) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumCutting) {
		q.Truncation = Truncates(&q.Batches, f.To)
	})

// A truncation beyond the log's end empties it: it goes on where a snapshot ends.
var _ = onVoter(func(f env.QuorumTruncated) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumTruncated) {
		q.reloading = true
		if f.To > q.End {
			q.Batches = Batches{}
			q.Start, q.End, q.Flushed = f.To, f.To, f.To
			return
		}
		q.Truncation = Truncation{}
		q.truncate(f.To)
	})

var _ = onVoter(func(f env.QuorumSnapshotted) kafka.NodeID { return f.Node },
	func(_ *Step, q *QuorumReplica, f env.QuorumSnapshotted) {
		q.Snapshot = max(q.Snapshot, f.End)
	})

// quorumRecovered opens a metadata log. One that is opened without a truncation is the first sign of a new life.
func (c *Cluster) quorumRecovered(s *Step, f env.LogRecovered) {
	q := &s.Emitter.Quorum
	if !q.reloading && s.Emitter.Up {
		c.endLife(s.Emitter, s.Event)
	}
	q.truncate(f.End)
	q.Batches.drop(f.Start)
	q.Known, q.Start, q.End, q.reloading, q.Truncation = true, f.Start, f.End, false, Truncation{}
	if f.Clean {
		q.Flushed = f.End
	}
}

// Electorate is the voters, as far as they are known: exactly if the configuration names them.
func (c *Cluster) Electorate() (voters []*Node, exact bool) {
	for _, n := range c.Quorum.Members {
		if slices.Contains(c.Config.Voters, n.Name) || len(c.Config.Voters) == 0 && n.Quorum.voter {
			voters = append(voters, n)
		}
	}
	return voters, len(c.Config.Voters) > 0
}

// Majority is how many voters decide: at least so many, where not all are known.
func (c *Cluster) Majority() int {
	voters, exact := c.Electorate()
	if exact {
		return len(c.Config.Voters)/2 + 1
	}
	return len(voters)/2 + 1
}

// ForgottenBy is a voter whose disk may have lost a vote, or records: only the ids of the voters' directories protect a
// quorum from that, and only from disks that were emptied. "" if there is none.
func (c *Cluster) ForgottenBy() string {
	voters, _ := c.Electorate()
	for _, n := range voters {
		if why := n.DiskText(); why != "" && (n.Damaged || !c.Config.DirectoryIDs) {
			return why
		}
	}
	return ""
}
