package replica

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// FetchAsk is a fetch of this partition, by a follower or by a consumer.
type FetchAsk struct {
	Replica      kafka.NodeID      // NoNode: a consumer; or DebuggingReplica
	ReplicaEpoch kafka.BrokerEpoch // -1 if not given
	TopicID      kafka.UUID        // zero if the topic was named
	Ask          wire.FetchPartition
	Committed    bool // read_committed
	AnyReplica   bool // a consumer that may read from a follower (KIP-392)
	Again        bool // the same request is tried again: it shows nothing new of the follower
	MaxBytes     int
	MinOneBatch  bool
	Into         []env.Segment
}

// FetchAnswer is the answer. With a Code the offsets are -1.
type FetchAnswer struct {
	Code          kafka.ErrorCode
	HighWatermark kafka.Offset
	LastStable    kafka.Offset
	LogStart      kafka.Offset
	Diverging     wire.EpochEnd
	Read          seglog.ReadResult // Read.Pin is to be given back to the log if Read.Bytes > 0
	Pending       bool              // the disk is being asked: try again after an event of the log
}

// Fetch reads for a follower up to the log's end, for a consumer up to the high watermark. A follower's fetch
// counts only if it was answered as asked.
func (r *Replica) Fetch(now env.Now, a FetchAsk) FetchAnswer {
	if mutants.Enabled && mutants.On().NoFetchEpochCheck { // R7 (KAFKA-7395): requests did not say in which epoch
		a.Ask.CurrentLeaderEpoch = r.p.epoch
	}
	if code := r.mayFetch(&a); code != kafka.None {
		return r.failFetch(now, &a, code)
	}
	diverging, code := r.p.diverges(a.Ask)
	switch {
	case code != kafka.None:
		return r.failFetch(now, &a, code)
	case diverging.Known:
		if mutants.Enabled && mutants.On().DivergingUpdatesFollower { // R9 (KAFKA-13141)
			r.leading.noteFetch(now, &a)
		}
		return r.offsets(FetchAnswer{Diverging: diverging, Read: seglog.ReadResult{Segments: a.Into}})
	}
	res, status := r.p.log.Read(now, seglog.ReadRequest{From: a.Ask.FetchOffset, UpTo: r.bound(&a),
		MaxBytes: max(min(int(a.Ask.MaxBytes), a.MaxBytes), 0), MinOneBatch: a.MinOneBatch, Into: a.Into})
	switch status {
	case seglog.ReadOutOfRange:
		return r.failFetch(now, &a, kafka.OffsetOutOfRange)
	case seglog.ReadFenced:
		return r.failFetch(now, &a, kafka.KafkaStorageError)
	}
	must.AtLeast("replica: log end", r.p.log.EndOffset(), "fetch offset", a.Ask.FetchOffset, &r.p,
		"was a fetch beyond the end not out of range?")
	r.leading.noteFetch(now, &a)
	return r.offsets(FetchAnswer{Read: res, Pending: status == seglog.ReadPending})
}

// offsets fills in the log's offsets, as they are after the fetch was noted.
func (r *Replica) offsets(a FetchAnswer) FetchAnswer {
	a.HighWatermark, a.LastStable, a.LogStart = r.p.log.HighWatermark(), r.p.log.LastStableOffset(), r.p.log.LogStart()
	return a
}

// failFetch answers a fetch that cannot be served. It moves nothing that is known of the follower.
func (r *Replica) failFetch(now env.Now, a *FetchAsk, code kafka.ErrorCode) FetchAnswer {
	if mutants.Enabled && mutants.On().FailedReadUpdatesFollower && r.p.role == Leading &&
		r.leading.find(a.Replica) != nil { // R10 (KAFKA-8400)
		a.Ask.FetchOffset = -1
		r.leading.noteFetch(now, a)
	}
	return FetchAnswer{Code: code, HighWatermark: -1, LastStable: -1, LogStart: -1,
		Read: seglog.ReadResult{Segments: a.Into}}
}

// mayFetch returns why a fetch may not be served here and now.
func (r *Replica) mayFetch(a *FetchAsk) kafka.ErrorCode {
	switch {
	case a.TopicID != (kafka.UUID{}) && a.TopicID != r.p.topicID:
		return kafka.InconsistentTopicID
	case r.p.log.State() == seglog.Fenced:
		return kafka.KafkaStorageError
	}
	if code := r.p.fence(max(a.Ask.CurrentLeaderEpoch,
		kafka.NoEpoch)); code != kafka.None { // a Fetch names none with any number below 0
		return code
	}
	switch {
	case !r.p.log.State().Readable():
		return notLeader
	case a.Replica >= 0:
		return r.mayFollow(a)
	case a.Replica == kafka.DebuggingReplica:
		return kafka.None
	case r.p.role == Leading:
		return kafka.None
	case r.p.role != Following || !a.AnyReplica:
		return notLeader
	case a.Ask.FetchOffset > r.p.log.HighWatermark() && a.Ask.FetchOffset <= r.p.log.EndOffset():
		return kafka.OffsetNotAvailable // it is known here, but not known here to be committed (KIP-392)
	}
	return kafka.None
}

// mayFollow returns why a broker may not fetch as a follower.
func (r *Replica) mayFollow(a *FetchAsk) kafka.ErrorCode {
	if r.p.role != Leading {
		return notLeader
	}
	switch {
	case r.leading.find(a.Replica) != nil:
	case a.Ask.CurrentLeaderEpoch < 0:
		return notLeader // it cannot be known which of the two is behind
	default:
		return kafka.UnknownLeaderEpoch // the assignment it acts on is newer than what is known here, or gone
	}
	if known, ok := r.p.cfg.Brokers.Broker(a.Replica); ok && a.ReplicaEpoch >= 0 && a.ReplicaEpoch < known {
		return notLeader // an earlier incarnation of that broker sent it
	}
	return kafka.None
}

// bound is where the reading ends.
func (r *Replica) bound(a *FetchAsk) kafka.Offset {
	switch {
	case a.Replica != kafka.NoNode, mutants.Enabled && mutants.On().FetchPastHighWatermark:
		return r.p.log.EndOffset()
	case a.Committed:
		return r.p.log.LastStableOffset()
	}
	return r.p.log.HighWatermark()
}

// noteFetch notes how far a follower has come by its fetch, which may move the high watermark and the in-sync set.
func (l *leaderRole) noteFetch(now env.Now, a *FetchAsk) {
	if a.Replica < 0 || a.Again || a.Ask.CurrentLeaderEpoch < 0 {
		return
	}
	f := l.find(a.Replica)
	if l.p.w.Facts != nil && f.isNews(a) {
		l.p.w.Facts.Emit(env.FollowerHeard{TopicPartition: l.p.tp, Epoch: l.p.epoch, Broker: f.id, Offset: a.Ask.FetchOffset,
			FetchEpoch: a.Ask.CurrentLeaderEpoch, LastEpoch: a.Ask.LastFetchedEpoch})
	}
	f.note(now, a, l.p.log.EndOffset())
	f.compared = l.p.compares(&a.Ask)
	l.expand(now, f)
	l.advance(now)
}
