package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// pollFollower fetches: the next batches when all before are flushed, or the next part of a snapshot.
func (m *member) pollFollower(now env.Now) {
	leader := m.cfg.indexOf(m.at.election.leader)
	switch {
	case m.life.state != Running:
	case m.timer.isDue(now) && m.cfg.isVoter():
		m.becomeProspective(now)
	case m.timer.isDue(now):
		m.becomeUnattached(now, m.at.election.epoch)
	case m.download.isIdle() && !m.log.isFlushed():
	case !m.download.isIdle() && !m.download.isReady():
	case m.peers.ready(now, leader):
		m.fetch(now, leader)
	case !m.cfg.isVoter() && m.peers.list[leader].backoff > now.Mono:
		m.findLeader(now) // it refuses, or is not there; the others may know another
	}
}

func (m *member) fetch(now env.Now, leader int) {
	if f := m.download.current; f != nil {
		m.peers.send(now, leader, snapshotRequest(m.cfg, m.at.election.epoch, f))
		return
	}
	m.peers.send(now, leader, fetchRequest(m.cfg, m.at.election.epoch, m.log))
}

// findLeader fetches from any voter: one that does not lead answers with the leader.
func (m *member) findLeader(now env.Now) {
	if m.life.state != Running || !m.log.isFlushed() {
		return
	}
	var ready []int
	for i := range m.cfg.Voters {
		if m.peers.isAwaited(now, i) {
			m.peers.list[i].wanted = true
			return // one request at a time
		}
		if m.cfg.Voters[i].ID != m.cfg.Node && m.peers.ready(now, i) {
			ready = append(ready, i)
		}
	}
	if len(ready) > 0 {
		m.peers.send(now, ready[m.timer.rnd.IntN(len(ready))], fetchRequest(m.cfg, m.at.election.epoch, m.log))
	}
}

// handleFetched appends what the leader has sent, truncates to where the logs diverge, or begins to fetch a snapshot.
func (m *member) handleFetched(now env.Now, i int, a *kmsg.FetchResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	done, ok := m.learnFrom(now, kafka.ErrorCode(part.ErrorCode), part.CurrentLeader.LeaderID,
		part.CurrentLeader.LeaderEpoch)
	switch {
	case done:
		return ok
	case part.ErrorCode != 0 || !m.log.isReady():
		return false
	case !m.at.follows(i):
		return true
	}
	m.fetched = true
	m.timer.startFetch(now)
	switch {
	case part.DivergingEpoch.Epoch >= 0:
		return m.truncate(SnapshotID{kafka.Offset(part.DivergingEpoch.EndOffset),
			kafka.LeaderEpoch(part.DivergingEpoch.Epoch)})
	case part.SnapshotID.EndOffset >= 0 && part.SnapshotID.Epoch >= 0:
		m.fetchSnapshot(SnapshotID{kafka.Offset(part.SnapshotID.EndOffset), kafka.LeaderEpoch(part.SnapshotID.Epoch)})
		return true
	}
	if !m.log.appendFetched(now, part.RecordBatches) {
		return false
	}
	m.log.noteLeaderHigh(kafka.Offset(part.HighWatermark))
	m.log.followHigh()
	return true
}

// truncate truncates the log to where the leader says that the logs diverge, or before.
func (m *member) truncate(at SnapshotID) bool {
	to := m.log.divergence(at)
	if !m.log.mayEndAt(to) {
		m.life.fail("leader %d of epoch %d asks for a truncation to %d (its epoch %d ends at %d), "+
			"and all below %d is committed",
			m.at.election.leader, m.at.election.epoch, to, at.Epoch, at.End, m.log.high)
		return false
	}
	if to >= m.log.end.End {
		m.life.complain("leader %d says the logs part at %v, but this one ends at %v", m.at.election.leader, at, m.log.end)
		return false
	}
	m.log.truncate(max(to, m.log.start))
	return true
}

// fetchSnapshot begins to fetch a snapshot; one that is here already only has to take the log's place.
func (m *member) fetchSnapshot(id SnapshotID) {
	latest := m.parts.snapshots.latest()
	switch {
	case !m.download.isIdle() || m.log.installing:
	case id.End < m.log.high || id.End <= latest.End && id != latest:
		m.life.complain("leader %d offers snapshot %v, and all below %d is here", m.at.election.leader, id, m.log.high)
	case id == latest:
		m.log.install(id)
	default:
		m.download.start(id)
	}
}

// handleSnapshotPart writes the next part of the snapshot.
func (m *member) handleSnapshotPart(now env.Now, i int, a *kmsg.FetchSnapshotResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	done, ok := m.learnFrom(now, kafka.ErrorCode(part.ErrorCode), part.CurrentLeader.LeaderID,
		part.CurrentLeader.LeaderEpoch)
	switch {
	case done:
		return ok
	case !m.at.follows(i) || !m.download.isReady():
		return true
	}
	m.fetched = true
	m.timer.startFetch(now)
	return m.download.handle(part)
}
