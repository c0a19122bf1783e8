package raft

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// startLeading begins the leadership; its first record follows when it is durable.
func (m *member) startLeading(now env.Now, granting []int) {
	m.lead = newLeading(m.cfg, now, granting)
	m.out.put(held{lead: true, epoch: m.at.election.epoch})
}

// beginLeading opens the epoch's log with the record that names its leader: records of older epochs are committed by
// committing it (KAFKA-12619).
func (m *member) beginLeading(now env.Now, epoch kafka.LeaderEpoch) {
	if m.at.role != Leader || m.at.election.epoch != epoch || m.lead.active {
		return
	}
	if !m.log.isReady() {
		must.Fail("raft: node %d leads epoch %d while its log is %v; did an election not wait for the log?",
			m.cfg.Node, epoch, m.log.log.State())
	}
	m.out.emit(env.BecameQuorumLeader{Node: m.cfg.Node, Epoch: epoch})
	m.lead.active = true
	m.lead.began = m.log.end.End
	m.log.append(now, epoch, []record.Batch{m.lead.change(now)})
}

// stopLeading ends a leadership, whatever comes after.
func (m *member) stopLeading(next Role, epoch kafka.LeaderEpoch) {
	reason := fmt.Sprintf("%v in epoch %d", next, epoch)
	if next == Resigned {
		reason = m.resigned.reason
	}
	m.out.emit(env.QuorumResigned{Node: m.cfg.Node, Epoch: m.at.election.epoch, Reason: reason})
	m.lead = nil
	m.appends.fail()
}

// leads reports whether this node leads an epoch and may append to its log.
func (m *member) leads(epoch kafka.LeaderEpoch) bool {
	return m.life.state == Running && m.at.role == Leader && m.lead.active && m.at.election.epoch == epoch
}

// pollLeader resigns if no majority fetches, moves the high watermark, and announces the leadership to voters that do
// not fetch.
func (m *member) pollLeader(now env.Now) {
	l := m.lead
	if m.life.state != Running {
		return
	}
	if now.Mono >= l.quorumDue {
		m.becomeResigned(now, "no majority of the voters has fetched")
		return
	}
	if !l.active {
		return
	}
	m.advanceHigh()
	for i := range l.voters {
		v := &l.voters[i]
		if v.id != m.cfg.Node && now.Mono >= v.beginDue(m.cfg) && m.peers.ready(now, i) {
			v.asked = now.Mono
			m.peers.send(now, i, beginRequest(m.cfg, i, m.at.election.epoch))
		}
	}
}

// advanceHigh moves the high watermark to what a majority has flushed.
func (m *member) advanceHigh() {
	if to, moved := m.lead.commit(m.log.flushed); moved {
		must.AtLeast("raft: log end", m.log.end.End, "offset that a majority has flushed", to, m.cfg.Node,
			"did a follower with a longer log count?")
		m.log.raiseHigh(to)
	}
}

// hasDelivered reports whether the owner has everything that was committed before the leadership, and its first record.
func (m *member) hasDelivered(given kafka.Offset) bool { return m.lead.active && given > m.lead.began }

// handleBegun notes that a voter has acknowledged the leadership.
func (m *member) handleBegun(now env.Now, i int, a *kmsg.BeginQuorumEpochResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	done, ok := m.learnFrom(now, kafka.ErrorCode(part.ErrorCode), part.LeaderID, part.LeaderEpoch)
	if !done && part.ErrorCode == 0 && m.at.role == Leader {
		m.lead.voters[i].begun = now.Mono
	}
	return done && ok || part.ErrorCode == 0
}

// handleFetch answers a replica that fetches, or has it wait.
func (m *member) handleFetch(now env.Now, req *kmsg.FetchRequest, t Ticket) {
	p, code := fetchPartition(m.cfg, req)
	if code != kafka.None {
		m.out.reply(t, refusal(req, code))
		return
	}
	epoch, w := kafka.LeaderEpoch(p.CurrentLeaderEpoch), newFetch(m.cfg, now, req, p, t)
	switch code := m.at.leaderOnly(epoch); {
	case req.MaxWaitMillis < 0 || w.end.End < 0 || w.end.Epoch < 0 || w.end.Epoch > epoch:
		m.fetches.refuse(&w, kafka.InvalidRequest)
		return
	case code != kafka.None:
		m.fetches.refuse(&w, code)
		return
	}
	if what, at := m.log.judge(w.end); what != matches {
		m.fetches.redirect(&w, what, at, m.lead.high)
		return
	}
	m.lead.noteFetch(now, w.id, w.dir, w.end.End, m.log.end.End)
	if m.lead.active {
		m.advanceHigh()
	}
	m.fetches.serve(now, w, m.lead.high)
}

// handleFetchSnapshot answers with a part of a snapshot.
func (m *member) handleFetchSnapshot(now env.Now, req *kmsg.FetchSnapshotRequest, t Ticket) {
	if !m.cfg.isCluster(req.ClusterID) {
		m.out.reply(t, refusal(req, kafka.InconsistentClusterID))
		return
	}
	if len(req.Topics) != 1 || len(req.Topics[0].Partitions) != 1 {
		m.out.reply(t, refusal(req, kafka.InvalidRequest))
		return
	}
	p := &req.Topics[0].Partitions[0]
	id := SnapshotID{kafka.Offset(p.SnapshotID.EndOffset), kafka.LeaderEpoch(p.SnapshotID.Epoch)}
	s := m.parts.snapshots.find(id)
	code := m.at.leaderOnly(kafka.LeaderEpoch(p.CurrentLeaderEpoch))
	switch {
	case req.Topics[0].Topic != Partition.Topic || p.Partition != 0:
		code = kafka.UnknownTopicOrPartition
	case code != kafka.None:
	case s == nil:
		code = kafka.SnapshotNotFound
	case p.Position < 0 || env.Position(p.Position) >= s.size:
		code = kafka.PositionOutOfRange
	}
	if code != kafka.None {
		m.parts.refuse(req, code, id, t)
		return
	}
	if i := m.cfg.voterIndex(kafka.NodeID(req.ReplicaID), p.ReplicaDirectoryID); i >= 0 {
		m.lead.noteVoter(now, i)
		m.lead.voters[i].fetched = now.Mono
	}
	m.parts.serve(req, id, env.Position(p.Position), t)
}
