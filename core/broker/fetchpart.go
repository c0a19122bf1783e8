package broker

import (
	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// fetchPart is one partition a fetch or a session reads.
type fetchPart struct {
	name    string
	id      env.UUID
	ask     wire.FetchPartition
	part    *partition
	refused wire.ErrorCode // there is no such partition: part is nil
	gone    bool           // forgotten by its session
	listed  bool           // its session has told sentHW and sentLS
	sentHW  env.Offset
	sentLS  env.Offset  // log start
	result  fetchResult // of the last try
}

// fetchResult is what one try found for one partition.
type fetchResult struct {
	code      wire.ErrorCode
	hw, lso   env.Offset
	logStart  env.Offset
	diverging wire.EpochEnd
	segments  []env.Segment
	bytes     int
	pin       seglog.Pin
	pinned    *seglog.Log
	pending   bool
}

// fill takes what a request says of the partition.
func (p *fetchPart) fill(name string, id env.UUID, ask wire.FetchPartition) {
	*p = fetchPart{name: name, id: id, ask: ask, result: fetchResult{segments: p.result.segments[:0]}}
}

// resolve finds the partition. A topic known by its id keeps the name it had when it was found first, as in
// Kafka: should the name belong to another topic by now, reading says so.
func (p *fetchPart) resolve(b *Broker) {
	if p.part != nil && !p.part.deleting {
		return
	}
	p.part, p.refused = nil, wire.None
	if p.name == "" && p.id != (env.UUID{}) {
		if p.name, p.refused = b.topicName("", p.id, true); p.refused != wire.None {
			return
		}
	}
	if p.part = b.parts[env.TopicPartition{Topic: p.name, Partition: p.ask.Partition}]; p.part == nil {
		p.refused = wire.UnknownTopicOrPartition
	}
}

func (p *fetchPart) unpin() {
	if r := &p.result; r.pinned != nil {
		r.pinned.Unpin(r.pin)
		r.pinned = nil
	}
}

// read looks for at most limit bytes, but a whole batch if the answer is empty so far.
func (p *fetchPart) read(now env.Now, limit int, first bool) {
	p.unpin()
	p.result = fetchResult{hw: -1, lso: -1, logStart: -1, segments: p.result.segments[:0]}
	r, log := &p.result, p.part.log
	if r.code = p.mayRead(); r.code != wire.None {
		return
	}
	if r.diverging, r.code = p.part.diverges(p.ask); r.code != wire.None {
		return
	}
	r.hw, r.lso, r.logStart = log.HighWatermark(), log.LastStableOffset(), log.LogStart()
	if r.diverging.Known {
		return
	}
	res, status := log.Read(now, seglog.ReadRequest{From: p.ask.FetchOffset, UpTo: p.part.committed(),
		MaxBytes: max(min(int(p.ask.MaxBytes), limit), 0), MinOneBatch: first, Into: r.segments})
	switch status {
	case seglog.ReadReady:
		if r.segments, r.bytes = res.Segments, res.Bytes; res.Bytes > 0 {
			r.pin, r.pinned = res.Pin, log
		}
	case seglog.ReadPending:
		r.pending, p.part.looking = true, true
	case seglog.ReadOutOfRange:
		*r = fetchResult{code: wire.OffsetOutOfRange, hw: -1, lso: -1, logStart: -1, segments: r.segments}
	default:
		*r = fetchResult{code: wire.KafkaStorageError, hw: -1, lso: -1, logStart: -1, segments: r.segments}
	}
}

// committed is the end of what consumers may read.
func (p *partition) committed() env.Offset {
	if mutants.Enabled && mutants.On().FetchPastHighWatermark {
		return p.log.EndOffset()
	}
	return p.log.HighWatermark()
}

func (p *fetchPart) mayRead() wire.ErrorCode {
	switch code := p.part.usable(); {
	case code != wire.None:
		return code
	case p.id != (env.UUID{}) && p.id != p.part.topicID:
		return wire.InconsistentTopicID
	}
	return p.part.fence(p.ask.CurrentLeaderEpoch)
}

// news says whether an incremental answer must list the partition (KIP-227).
func (p *fetchPart) news() bool {
	r := &p.result
	return !p.listed || p.refused != wire.None || r.code != wire.None || r.bytes > 0 || r.diverging.Known ||
		r.hw != p.sentHW || r.logStart != p.sentLS
}

// write lists the partition in the response and hands its pin to the slot. An error is told again and again
// until it is gone, and then the partition is listed once more.
func (p *fetchPart) write(t *wire.FetchResponseTopic, s *slot, committed bool) {
	r := &p.result
	if p.refused != wire.None {
		t.AddPartition(p.ask.Partition, p.refused)
		p.listed = false
		return
	}
	p.listed = r.code == wire.None
	p.sentHW, p.sentLS = r.hw, r.logStart
	b := p.part.broker
	if b.zstdUnread(p.part, s.version) {
		t.AddPartition(p.ask.Partition, wire.UnsupportedCompressionType)
		return
	}
	out := t.AddPartition(p.ask.Partition, r.code)
	out.HighWatermark, out.LastStableOffset, out.LogStart, out.Diverging = r.hw, r.lso, r.logStart, r.diverging
	out.Records = append(out.Records, r.segments...)
	if committed && r.code == wire.None {
		out.Aborted = noneAborted
	}
	if r.pinned != nil {
		s.pins = append(s.pins, pin{r.pinned, r.pin})
		r.pinned = nil
	}
	switch {
	case r.code == wire.KafkaStorageError && s.version <= 5:
		out.Err = wire.NotLeaderOrFollower // which clients of that age know what to do with
	case s.version >= 16 && (r.code == wire.NotLeaderOrFollower || r.code == wire.FencedLeaderEpoch):
		out.CurrentLeader = wire.CurrentLeader{Known: true, ID: b.id, Epoch: p.part.epoch}
		b.fetchResponse.Endpoints = append(b.fetchResponse.Endpoints[:0], b.endpoint())
	}
}

// noneAborted is the list for a read_committed client: nothing was aborted, there are no transactions.
var noneAborted = []wire.AbortedTransaction{}

// zstdUnread says whether the topic is zstd's and the client too old to read that (KIP-110).
func (b *Broker) zstdUnread(p *partition, version int16) bool {
	return version < 10 && p.limits.ownCodec && p.limits.codec == record.Zstd
}

// fence compares the epoch a client knows with the partition's (KIP-320).
func (p *partition) fence(known env.LeaderEpoch) wire.ErrorCode {
	switch {
	case known < 0, known == p.epoch: // negative: the client knows none
		return wire.None
	case known < p.epoch:
		return wire.FencedLeaderEpoch
	}
	return wire.UnknownLeaderEpoch
}

// diverges says where the reader's log parts from this one, if it names the epoch it fetched last and this log
// does not hold what the reader holds (KIP-320, KIP-595).
func (p *partition) diverges(ask wire.FetchPartition) (wire.EpochEnd, wire.ErrorCode) {
	if ask.LastFetchedEpoch < 0 {
		return wire.EpochEnd{}, wire.None
	}
	epoch, end := p.log.EpochEnd(ask.LastFetchedEpoch)
	switch {
	case epoch == env.NoEpoch, end < 0, ask.FetchOffset < p.log.LogStart():
		return wire.EpochEnd{}, wire.OffsetOutOfRange
	case epoch < ask.LastFetchedEpoch, end < ask.FetchOffset:
		return wire.EpochEnd{Known: true, Epoch: epoch, End: end}, wire.None
	}
	return wire.EpochEnd{}, wire.None
}
