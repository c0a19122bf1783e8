package raft

import (
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// waitingFetch is a Fetch the leader has not answered yet: there is nothing new, or the disk is being read.
type waitingFetch struct {
	ticket  Ticket
	version int16
	id      env.NodeID
	end     SnapshotID // of the sender's log
	high    env.Offset // what the sender knows to be committed; beyond it an answer without records is worth while
	most    int
	due     env.Instant
}

// maxWaiting bounds the fetches that wait at a leader.
const maxWaiting = 1000

// handleFetch answers a replica that pulls.
func (r *Replica) handleFetch(now env.Now, req *kmsg.FetchRequest, t Ticket) {
	p, code := r.fetchPartition(req)
	if code != codeNone {
		r.reply(t, refusal(req, code))
		return
	}
	epoch := env.LeaderEpoch(p.CurrentLeaderEpoch)
	w := waitingFetch{ticket: t, version: req.Version, id: fetcher(req),
		end: SnapshotID{env.Offset(p.FetchOffset), env.LeaderEpoch(p.LastFetchedEpoch)}, high: math.MaxInt64,
		most: min(int(req.MaxBytes), r.cfg.MaxFetchBytes), due: now.Mono.Add(ms(min(int64(req.MaxWaitMillis), maxTimeoutMs)))}
	if req.Version >= 18 {
		w.high = env.Offset(p.HighWatermark)
	}
	switch code := r.leaderOnly(epoch); {
	case req.MaxWaitMillis < 0 || w.end.End < 0 || w.end.Epoch < 0 || w.end.Epoch > epoch:
		r.reply(t, r.fetchAnswer(&w, codeInvalidRequest))
		return
	case code != codeNone:
		r.reply(t, r.fetchAnswer(&w, code))
		return
	}
	if what, at := r.judge(w.end); what != matches {
		r.reply(t, r.fetchElsewhere(&w, what, at))
		return
	}
	r.lead.noteFetch(now, r, w.id, p.ReplicaDirectoryID, w.end.End)
	if r.lead.active {
		r.advanceHigh(now)
	}
	if !r.answerFetch(now, &w) {
		r.waiting = append(r.waiting, w)
	}
}

// answerFetch answers if there is something to say, or no more time to wait.
func (r *Replica) answerFetch(now env.Now, w *waitingFetch) bool {
	isDue := now.Mono >= w.due || len(r.waiting) >= maxWaiting
	var batches []byte
	if w.end.End < r.end.End {
		raw, ok := r.read(now, w.end.End, w.most)
		if !ok && !isDue {
			return false
		}
		batches = raw
	}
	if len(batches) == 0 && w.high >= r.lead.high && !isDue {
		return false
	}
	resp := r.fetchAnswer(w, codeNone)
	resp.Topics[0].Partitions[0].RecordBatches = batches
	r.reply(w.ticket, resp)
	return true
}

// pollWaiting answers the fetches that need wait no longer.
func (r *Replica) pollWaiting(now env.Now) {
	if r.role != Leader || len(r.waiting) == 0 {
		return
	}
	waiting := r.waiting
	r.waiting = nil
	var kept []waitingFetch
	for i := range waiting {
		if !r.answerFetch(now, &waiting[i]) {
			kept = append(kept, waiting[i])
		}
	}
	r.waiting = kept
}

func (r *Replica) waitingDeadline() env.Instant {
	due := env.Never
	for i := range r.waiting {
		due = min(due, r.waiting[i].due)
	}
	return due
}

// answerWaiting sends everybody away who waits: this replica does not lead any more.
func (r *Replica) answerWaiting() {
	waiting := r.waiting
	r.waiting = nil
	for i := range waiting {
		r.reply(waiting[i].ticket, r.fetchAnswer(&waiting[i], codeNotLeader))
	}
}

// leaderOnly says with which error a request that only the leader of an epoch can serve is refused.
func (r *Replica) leaderOnly(epoch env.LeaderEpoch) int16 {
	switch {
	case epoch < r.election.epoch:
		return codeFencedLeaderEpoch
	case epoch > r.election.epoch:
		return codeUnknownLeaderEpoch
	case r.role != Leader:
		return codeNotLeader
	case r.state != Running:
		return codeBrokerNotAvailable
	}
	return codeNone
}

// fetchPartition is the partition a Fetch asks for, if it is the quorum's.
func (r *Replica) fetchPartition(req *kmsg.FetchRequest) (*kmsg.FetchRequestTopicPartition, int16) {
	switch {
	case !r.isCluster(req.ClusterID):
		return nil, codeInconsistentCluster
	case len(req.Topics) != 1 || len(req.Topics[0].Partitions) != 1 || req.Version < 12:
		return nil, codeInvalidRequest
	}
	t := &req.Topics[0]
	isOurs := t.Topic == Partition.Topic
	if req.Version >= 13 {
		isOurs = t.TopicID == TopicID
	}
	if !isOurs || t.Partitions[0].Partition != 0 {
		return nil, codeInvalidRequest
	}
	return &t.Partitions[0], codeNone
}

func fetcher(req *kmsg.FetchRequest) env.NodeID {
	if req.Version >= 15 {
		return env.NodeID(req.ReplicaState.ID)
	}
	return env.NodeID(req.ReplicaID)
}

// fetchRequest asks for what comes after this replica's log.
func (r *Replica) fetchRequest() *kmsg.FetchRequest {
	req := kmsg.NewPtrFetchRequest()
	req.Version = 18
	req.ClusterID = r.clusterID()
	req.ReplicaState.ID = int32(r.cfg.Node)
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(r.cfg.FetchMaxWaitMs), 0, int32(r.cfg.MaxFetchBytes)
	p := kmsg.NewFetchRequestTopicPartition()
	p.CurrentLeaderEpoch = int32(r.election.epoch)
	p.FetchOffset, p.LastFetchedEpoch = int64(r.end.End), int32(r.end.Epoch)
	p.LogStartOffset = int64(r.start)
	p.PartitionMaxBytes = req.MaxBytes
	p.ReplicaDirectoryID = r.cfg.Directory
	p.HighWatermark = int64(max(r.leaderHigh, r.high))
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = Partition.Topic, TopicID
	t.Partitions = []kmsg.FetchRequestTopicPartition{p}
	req.Topics = []kmsg.FetchRequestTopic{t}
	return req
}
