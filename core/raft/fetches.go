package raft

import (
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// pendingFetch is a Fetch that the leader has not answered yet: there is nothing new, or the disk is reading.
type pendingFetch struct {
	ticket  Ticket
	version int16
	id      kafka.NodeID
	dir     kafka.UUID
	end     SnapshotID   // of the sender's log
	high    kafka.Offset // what the sender knows to be committed; beyond it a response without records is worth sending
	most    int
	due     env.Instant
}

// maxPending bounds the fetches that wait at a leader.
const maxPending = 1000

// newFetch reads a Fetch of the quorum's partition.
func newFetch(cfg *Config, now env.Now, req *kmsg.FetchRequest, p *kmsg.FetchRequestTopicPartition,
	t Ticket) pendingFetch {
	w := pendingFetch{ticket: t, version: req.Version, id: fetcher(req), dir: p.ReplicaDirectoryID,
		end: SnapshotID{kafka.Offset(p.FetchOffset), kafka.LeaderEpoch(p.LastFetchedEpoch)}, high: math.MaxInt64,
		most: min(int(req.MaxBytes), cfg.MaxFetchBytes), due: now.Mono.Add(ms(min(int64(req.MaxWaitMillis), maxTimeoutMs)))}
	if req.Version >= 18 {
		w.high = kafka.Offset(p.HighWatermark)
	}
	return w
}

// fetchPartition is the partition a Fetch asks for, if it is the quorum's.
func fetchPartition(cfg *Config, req *kmsg.FetchRequest) (*kmsg.FetchRequestTopicPartition, kafka.ErrorCode) {
	switch {
	case !cfg.isCluster(req.ClusterID):
		return nil, kafka.InconsistentClusterID
	case len(req.Topics) != 1 || len(req.Topics[0].Partitions) != 1 || req.Version < 12:
		return nil, kafka.InvalidRequest
	}
	t := &req.Topics[0]
	isOurs := t.Topic == Partition.Topic
	if req.Version >= 13 {
		isOurs = t.TopicID == kafka.MetadataTopicID
	}
	if !isOurs || t.Partitions[0].Partition != 0 {
		return nil, kafka.InvalidRequest
	}
	return &t.Partitions[0], kafka.None
}

func fetcher(req *kmsg.FetchRequest) kafka.NodeID {
	if req.Version >= 15 {
		return kafka.NodeID(req.ReplicaState.ID)
	}
	return kafka.NodeID(req.ReplicaID)
}

// fetches are the fetches that wait at a leader.
type fetches struct {
	at   *standing
	out  *outbox
	log  *metadataLog
	list []pendingFetch
}

// serve answers a fetch, or has it wait.
func (f *fetches) serve(now env.Now, w pendingFetch, high kafka.Offset) {
	if !f.answer(now, &w, high) {
		f.list = append(f.list, w)
	}
}

// refuse answers a fetch with an error.
func (f *fetches) refuse(w *pendingFetch, code kafka.ErrorCode) {
	f.out.reply(w.ticket, fetchResponse(f.at.known(), w.version, code, f.log.start, noOffset))
}

// redirect has the replica that fetches truncate its log, or fetch a snapshot.
func (f *fetches) redirect(w *pendingFetch, what verdict, at SnapshotID, high kafka.Offset) {
	f.out.reply(w.ticket, redirect(fetchResponse(f.at.known(), w.version, kafka.None, f.log.start, high), what, at))
}

// answer answers if there is something new, or no more time to wait. high is the leader's high watermark.
func (f *fetches) answer(now env.Now, w *pendingFetch, high kafka.Offset) bool {
	isDue := now.Mono >= w.due || len(f.list) >= maxPending
	var batches []byte
	if w.end.End < f.log.end.End {
		raw, ok := f.log.read(now, w.end.End, w.most)
		if !ok && !isDue {
			return false
		}
		batches = raw
	}
	if len(batches) == 0 && w.high >= high && !isDue {
		return false
	}
	resp := fetchResponse(f.at.known(), w.version, kafka.None, f.log.start, high)
	resp.Topics[0].Partitions[0].RecordBatches = batches
	f.out.reply(w.ticket, resp)
	return true
}

// poll answers the fetches that need to wait no longer.
func (f *fetches) poll(now env.Now, high kafka.Offset) {
	waiting := f.list
	f.list = nil
	var kept []pendingFetch
	for i := range waiting {
		if !f.answer(now, &waiting[i], high) {
			kept = append(kept, waiting[i])
		}
	}
	f.list = kept
}

func (f *fetches) deadline() env.Instant {
	due := env.Never
	for i := range f.list {
		due = min(due, f.list[i].due)
	}
	return due
}

// dismiss refuses all of them: this replica does not lead any more.
func (f *fetches) dismiss() {
	waiting := f.list
	f.list = nil
	for i := range waiting {
		f.refuse(&waiting[i], kafka.NotLeaderOrFollower)
	}
}
