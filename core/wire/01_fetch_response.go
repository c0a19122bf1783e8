package wire

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// FetchResponse answers a Fetch. Its owner uses it again: see Reset.
type FetchResponse struct {
	ThrottleMillis int32
	Err            kafka.ErrorCode // of the session (KIP-227)
	SessionID      int32
	Topics         []FetchResponseTopic
	Endpoints      []Endpoint // of the leaders named in CurrentLeader (KIP-951); v16+
}

// FetchResponseTopic answers one topic, by name up to version 12, by id from 13 on.
type FetchResponseTopic struct {
	Topic      string
	TopicID    kafka.UUID
	Partitions []FetchResponsePartition
}

// FetchResponsePartition answers one partition. Records are sent as they are, one after the other; none is an
// empty answer, never null.
type FetchResponsePartition struct {
	Partition            kafka.PartitionID
	Err                  kafka.ErrorCode
	HighWatermark        kafka.Offset
	LastStableOffset     kafka.Offset
	LogStart             kafka.Offset         // v5+
	Diverging            EpochEnd             // v12+ (KIP-595)
	CurrentLeader        CurrentLeader        // v12+
	SnapshotID           EpochEnd             // v12+ (KIP-630)
	Aborted              []AbortedTransaction // nil is null: not asked for
	PreferredReadReplica kafka.NodeID         // v11+; -1: none
	Records              []env.Segment
}

// EpochEnd is a leader epoch and the offset at which it ends; it is sent if Known.
type EpochEnd struct {
	Known bool
	Epoch kafka.LeaderEpoch
	End   kafka.Offset
}

// AbortedTransaction says from which offset on a producer's records belong to an aborted transaction.
type AbortedTransaction struct {
	Producer kafka.ProducerID
	First    kafka.Offset
}

// Reset empties the response and keeps its memory.
func (f *FetchResponse) Reset() {
	*f = FetchResponse{Topics: f.Topics[:0], Endpoints: f.Endpoints[:0]}
}

// AddTopic adds a topic and returns it, to be filled with AddPartition. It is valid until the next AddTopic.
func (f *FetchResponse) AddTopic(name string, id kafka.UUID) *FetchResponseTopic {
	f.Topics = extended(f.Topics)
	t := &f.Topics[len(f.Topics)-1]
	*t = FetchResponseTopic{Topic: name, TopicID: id, Partitions: t.Partitions[:0]}
	return t
}

// AddPartition adds a partition without records and with unknown offsets (-1); the caller fills in what it
// knows better. Records keeps its memory, so append to it.
func (t *FetchResponseTopic) AddPartition(id kafka.PartitionID, err kafka.ErrorCode) *FetchResponsePartition {
	t.Partitions = extended(t.Partitions)
	p := &t.Partitions[len(t.Partitions)-1]
	*p = FetchResponsePartition{Partition: id, Err: err, HighWatermark: -1, LastStableOffset: -1, LogStart: -1,
		PreferredReadReplica: -1, Records: p.Records[:0]}
	return p
}

// Append makes the whole response frame: what is not records goes to the end of head, and the segments that
// make up the frame, pieces of head and records in turn, to the end of out. Records are not copied. Both
// slices are used again by passing them cut to length zero once the segments have been sent.
func (f *FetchResponse) Append(head []byte, out []env.Segment, version int16, correlationID int32) ([]byte,
	[]env.Segment) {
	flexible := version >= fetchAPI.FlexibleFrom
	e := fetchEncoder{head: head, out: out, start: len(head), cut: len(head), first: len(out), version: version,
		flexible: flexible}
	e.head = appendResponseHeader(e.head, flexible, correlationID)
	e.top(f)
	e.head = appendLen(e.head, flexible, len(f.Topics))
	for i := range f.Topics {
		e.topic(&f.Topics[i])
	}
	if flexible {
		e.head = appendEndpointsTag(e.head, version >= 16, f.Endpoints)
	}
	return e.end()
}

// fetchEncoder lays down head and cuts it where records come in between. head may move while it grows: the
// pieces cut from it before keep their bytes, and the length prefix is set in the first piece at the end.
type fetchEncoder struct {
	head       []byte
	out        []env.Segment
	start, cut int // in head: where this frame begins; where the piece not yet in out begins
	first      int // in out: the frame's first segment
	records    int // bytes of records so far
	version    int16
	flexible   bool
}

func (e *fetchEncoder) top(f *FetchResponse) {
	if e.version >= 1 {
		e.head = appendInt32(e.head, f.ThrottleMillis)
	}
	if e.version >= 7 {
		e.head = appendInt16(e.head, int16(f.Err))
		e.head = appendInt32(e.head, f.SessionID)
	}
}

func (e *fetchEncoder) topic(t *FetchResponseTopic) {
	e.head = appendTopic(e.head, e.flexible, e.version >= 13, t.Topic, t.TopicID)
	e.head = appendLen(e.head, e.flexible, len(t.Partitions))
	for i := range t.Partitions {
		e.partition(&t.Partitions[i])
	}
	e.head = appendNoTags(e.head, e.flexible)
}

func (e *fetchEncoder) partition(p *FetchResponsePartition) {
	e.offsets(p)
	e.aborted(p.Aborted)
	if e.version >= 11 {
		e.head = appendInt32(e.head, int32(p.PreferredReadReplica))
	}
	e.segments(p.Records)
	if e.flexible {
		e.tags(p)
	}
}

func (e *fetchEncoder) offsets(p *FetchResponsePartition) {
	e.head = appendInt32(e.head, int32(p.Partition))
	e.head = appendInt16(e.head, int16(p.Err))
	e.head = appendInt64(e.head, int64(p.HighWatermark))
	if e.version >= 4 {
		e.head = appendInt64(e.head, int64(p.LastStableOffset))
	}
	if e.version >= 5 {
		e.head = appendInt64(e.head, int64(p.LogStart))
	}
}

func (e *fetchEncoder) aborted(aborted []AbortedTransaction) {
	switch {
	case e.version < 4:
		return
	case aborted == nil:
		e.head = appendLen(e.head, e.flexible, -1)
		return
	}
	e.head = appendLen(e.head, e.flexible, len(aborted))
	for _, a := range aborted {
		e.head = appendInt64(e.head, int64(a.Producer))
		e.head = appendInt64(e.head, int64(a.First))
		e.head = appendNoTags(e.head, e.flexible)
	}
}

func (e *fetchEncoder) segments(records []env.Segment) {
	size := 0
	for _, s := range records {
		size += s.Len()
	}
	e.head = appendLen(e.head, e.flexible, size)
	if size == 0 {
		return
	}
	e.cutHead()
	e.out = append(e.out, records...)
	e.records += size
}

func (e *fetchEncoder) cutHead() {
	e.out = append(e.out, env.Segment{Bytes: e.head[e.cut:len(e.head):len(e.head)]})
	e.cut = len(e.head)
}

func (e *fetchEncoder) tags(p *FetchResponsePartition) {
	at := len(e.head)
	e.head = append(e.head, 0)
	if p.Diverging.Known {
		e.head[at]++
		e.head = append(e.head, 0, 4+8+1)
		e.head = appendInt32(e.head, int32(p.Diverging.Epoch))
		e.head = append(appendInt64(e.head, int64(p.Diverging.End)), 0)
	}
	if p.CurrentLeader.Known {
		e.head[at]++
		e.head = p.CurrentLeader.appendTag(e.head, 1)
	}
	if p.SnapshotID.Known {
		e.head[at]++
		e.head = append(e.head, 2, 8+4+1)
		e.head = appendInt64(e.head, int64(p.SnapshotID.End))
		e.head = append(appendInt32(e.head, int32(p.SnapshotID.Epoch)), 0)
	}
}

// end cuts the last piece and writes the length prefix into the first, wherever that lies by now.
func (e *fetchEncoder) end() ([]byte, []env.Segment) {
	if len(e.head) > e.cut {
		e.cutHead()
	}
	size := len(e.head) - e.start - 4 + e.records
	putLength(e.out[e.first].Bytes, size)
	putLength(e.head[e.start:], size)
	return e.head, e.out
}
