package raft

import (
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// pendingFetch is a Fetch that the leader has not answered yet: there is nothing new, or the disk is reading.
type pendingFetch struct {
	ticket  Ticket
	version int16
	id      env.NodeID
	dir     env.UUID
	end     SnapshotID // of the sender's log
	high    env.Offset // what the sender knows to be committed; beyond it a response without records is worth sending
	most    int
	due     env.Instant
}

// maxPending bounds the fetches that wait at a leader.
const maxPending = 1000

// newFetch reads a Fetch of the quorum's partition.
func newFetch(cfg *Config, now env.Now, req *kmsg.FetchRequest, p *kmsg.FetchRequestTopicPartition,
	t Ticket) pendingFetch {
	w := pendingFetch{ticket: t, version: req.Version, id: fetcher(req), dir: p.ReplicaDirectoryID,
		end: SnapshotID{env.Offset(p.FetchOffset), env.LeaderEpoch(p.LastFetchedEpoch)}, high: math.MaxInt64,
		most: min(int(req.MaxBytes), cfg.MaxFetchBytes), due: now.Mono.Add(ms(min(int64(req.MaxWaitMillis), maxTimeoutMs)))}
	if req.Version >= 18 {
		w.high = env.Offset(p.HighWatermark)
	}
	return w
}

// fetchPartition is the partition a Fetch asks for, if it is the quorum's.
func fetchPartition(cfg *Config, req *kmsg.FetchRequest) (*kmsg.FetchRequestTopicPartition, int16) {
	switch {
	case !cfg.isCluster(req.ClusterID):
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

// fetches are the fetches that wait at a leader.
type fetches struct {
	at   *standing
	out  *outbox
	log  *metadataLog
	list []pendingFetch
}

// serve answers a fetch, or has it wait.
func (f *fetches) serve(now env.Now, w pendingFetch, high env.Offset) {
	if !f.answer(now, &w, high) {
		f.list = append(f.list, w)
	}
}

// refuse answers a fetch with an error.
func (f *fetches) refuse(w *pendingFetch, code int16) {
	f.out.reply(w.ticket, fetchResponse(f.at.view(), w.version, code, f.log.start, noOffset))
}

// redirect has the replica that fetches truncate its log, or fetch a snapshot.
func (f *fetches) redirect(w *pendingFetch, what verdict, at SnapshotID, high env.Offset) {
	f.out.reply(w.ticket, redirect(fetchResponse(f.at.view(), w.version, codeNone, f.log.start, high), what, at))
}

// answer answers if there is something new, or no more time to wait. high is the leader's high watermark.
func (f *fetches) answer(now env.Now, w *pendingFetch, high env.Offset) bool {
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
	resp := fetchResponse(f.at.view(), w.version, codeNone, f.log.start, high)
	resp.Topics[0].Partitions[0].RecordBatches = batches
	f.out.reply(w.ticket, resp)
	return true
}

// poll answers the fetches that need to wait no longer.
func (f *fetches) poll(now env.Now, high env.Offset) {
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
		f.refuse(&waiting[i], codeNotLeader)
	}
}
