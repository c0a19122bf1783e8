package broker

import (
	"gregor/core/env"
	"gregor/core/fetchsession"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/replica"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// fetchPart is one partition a fetch or a session reads.
type fetchPart struct {
	name    string
	id      kafka.UUID
	ask     wire.FetchPartition
	part    *partition
	asker   kafka.NodeID    // the follower that asks; -1: a consumer
	refused kafka.ErrorCode // there is no such partition: part is nil
	byID    bool            // the request names topics by id
	listed  bool            // its session has sent sentHW and sentLS
	sentHW  kafka.Offset
	sentLS  kafka.Offset // log start
	result  fetchResult  // of the last try
}

// fetchResult is what one try found for one partition.
type fetchResult struct {
	code      kafka.ErrorCode
	hw, lso   kafka.Offset
	logStart  kafka.Offset
	diverging wire.EpochEnd
	preferred kafka.NodeID // a replica nearer to the consumer; -1: it reads here
	segments  []env.Segment
	bytes     int
	pin       seglog.Pin
	pinned    *seglog.Log
	pending   bool
}

// newFetchPart is a partition that a session fetches.
func newFetchPart(name string, id kafka.UUID, ask wire.FetchPartition, byID bool) *fetchPart {
	return &fetchPart{name: name, id: id, ask: ask, byID: byID}
}

// Key names the partition in a session.
func (p *fetchPart) Key() fetchsession.Key { return fetchsession.KeyOf(p.name, p.id, p.ask.Partition) }

// Ask changes what is asked of it.
func (p *fetchPart) Ask(ask wire.FetchPartition) { p.ask = ask }

// Fed reports whether the last try found records.
func (p *fetchPart) Fed() bool { return p.result.bytes > 0 }

// fill takes what a request says of the partition.
func (p *fetchPart) fill(name string, id kafka.UUID, ask wire.FetchPartition, byID bool) {
	*p = fetchPart{name: name, id: id, ask: ask, byID: byID, result: fetchResult{segments: p.result.segments[:0]}}
}

// resolve finds the partition. A topic known by its id keeps the name it had when it was found first, as in
// Kafka: should the name belong to another topic by now, reading says so.
func (p *fetchPart) resolve(t *fetching) {
	if p.part != nil && !p.part.deleting {
		return
	}
	p.part, p.refused = nil, kafka.None
	if p.name == "" && p.byID {
		if p.name, p.refused = t.cluster.TopicName("", p.id, true); p.refused != kafka.None {
			return
		}
	}
	tp := kafka.TopicPartition{Topic: p.name, Partition: p.ask.Partition}
	if p.part = t.logs.byName[tp]; p.part == nil {
		p.refused = t.cluster.Absent(tp)
	}
}

func (p *fetchPart) unpin() {
	if r := &p.result; r.pinned != nil {
		r.pinned.Unpin(r.pin)
		r.pinned = nil
	}
}

// read looks for at most limit bytes, but a whole batch if the answer is empty so far.
func (p *fetchPart) read(now env.Now, f *fetchRequest, limit int, first bool) {
	p.unpin()
	p.asker = f.replica
	segments := p.result.segments[:0]
	p.result = fetchResult{hw: -1, lso: -1, logStart: -1, preferred: kafka.NoNode, segments: segments}
	r, log := &p.result, p.part.log
	if p.part.deleting {
		r.code = kafka.UnknownTopicOrPartition
		return
	}
	if r.preferred = p.part.nearer(f, p.ask.FetchOffset); r.preferred >= 0 {
		r.hw, r.lso, r.logStart = log.HighWatermark(), log.LastStableOffset(), log.LogStart()
		return
	}
	if f.of.replicas.HoldsBack(now, p.part, f.replica) {
		limit, first = 0, false
	}
	hw := log.HighWatermark()
	a := p.part.replica.Fetch(now, replica.FetchAsk{Replica: f.replica, ReplicaEpoch: f.epoch, TopicID: p.id, Ask: p.ask,
		Committed:  f.committed,
		AnyReplica: f.anywhere, Again: f.heard, MaxBytes: limit, MinOneBatch: first, Into: segments})
	if log.HighWatermark() != hw {
		p.part.touch() // what a follower said moved it
	}
	p.take(&a)
}

// take keeps what a read has found.
func (p *fetchPart) take(a *replica.FetchAnswer) {
	r := &p.result
	r.code, r.hw, r.lso, r.logStart, r.diverging, r.segments = a.Code, a.HighWatermark, a.LastStable, a.LogStart,
		a.Diverging, a.Read.Segments
	switch {
	case a.Read.Bytes > 0:
		r.bytes, r.pin, r.pinned = a.Read.Bytes, a.Read.Pin, p.part.log
	case a.Pending:
		r.pending, p.part.looking = true, true
	}
}

// news reports whether an incremental answer must list the partition (KIP-227).
func (p *fetchPart) news() bool {
	r := &p.result
	return !p.listed || p.refused != kafka.None || r.code != kafka.None || r.bytes > 0 || r.diverging.Known ||
		r.preferred >= 0 ||
		r.hw != p.sentHW || r.logStart != p.sentLS
}

// tellsStart reports whether a DeleteRecords waits for a log start that a follower's session has not sent yet.
func (p *fetchPart) tellsStart(f *fetchRequest) bool {
	return p.part.deletions > 0 && f.session != nil && f.replica >= 0 && p.listed && p.result.logStart != p.sentLS
}

// write lists the partition in the response and hands its pin to the request. An error is sent again and again
// until it is gone, and then the partition is listed once more.
func (p *fetchPart) write(of *fetching, t *wire.FetchResponseTopic, q *inbox.Request, committed bool) {
	r := &p.result
	if p.refused != kafka.None {
		out := t.AddPartition(p.ask.Partition, p.refused)
		out.Aborted = noneAborted // as Kafka has it, which has null beside records
		p.listed = false
		if p.refused == kafka.NotLeaderOrFollower {
			of.hintLeader(out, q, kafka.TopicPartition{Topic: p.name, Partition: p.ask.Partition})
		}
		return
	}
	p.listed = r.code == kafka.None
	p.sentHW, p.sentLS = r.hw, r.logStart
	if zstdUnread(p.part, q.Version()) {
		t.AddPartition(p.ask.Partition, kafka.UnsupportedCompressionType)
		return
	}
	out := t.AddPartition(p.ask.Partition, r.code)
	out.HighWatermark, out.LastStableOffset, out.LogStart, out.Diverging = r.hw, r.lso, r.logStart, r.diverging
	out.PreferredReadReplica = r.preferred
	out.Records = append(out.Records, r.segments...)
	of.replicas.Sent(p.part, p.asker, r.bytes)
	if committed && r.code == kafka.None {
		out.Aborted = noneAborted
	}
	if r.pinned != nil {
		q.Pin(inbox.Pin{Log: r.pinned, Of: r.pin})
		r.pinned = nil
	}
	switch {
	case r.code == kafka.KafkaStorageError && q.Version() <= 5:
		out.Err = kafka.NotLeaderOrFollower // which clients of that age know what to do with
	case r.code == kafka.NotLeaderOrFollower || r.code == kafka.FencedLeaderEpoch:
		of.hintLeader(out, q, p.part.TopicPartition)
	}
}

// hintLeader names the leader (KIP-951).
func (t *fetching) hintLeader(out *wire.FetchResponsePartition, q *inbox.Request, tp kafka.TopicPartition) {
	if q.Version() >= 16 {
		out.CurrentLeader = t.cluster.Leader(tp)
		t.response.Endpoints = t.cluster.AddEndpoint(t.response.Endpoints, out.CurrentLeader.ID, q.Conn().Listener())
	}
}

// noneAborted is the list for a read_committed client: nothing was aborted, there are no transactions.
var noneAborted = []wire.AbortedTransaction{}

// zstdUnread reports whether the topic is zstd's and the client too old to read that (KIP-110).
func zstdUnread(p *partition, version int16) bool {
	return version < 10 && p.limits.StoresZstd()
}
