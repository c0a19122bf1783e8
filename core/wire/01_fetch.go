package wire

import (
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// Fetch (key 1): 4-18.
//
//	4     isolation level; record batches (magic 2). 0-3 went with Kafka 4.0 (KIP-896)
//	5     log start offset, both ways
//	6     KAFKA_STORAGE_ERROR may come back
//	7     incremental fetch sessions (KIP-227)
//	9     the leader epoch the client knows (KIP-320)
//	10    zstd batches may come back (KIP-110)
//	11    rack of the client, preferred replica in the response (KIP-392)
//	12    flexible; last fetched epoch, diverging epoch (KIP-595)
//	13    topic ids in place of names (KIP-516)
//	14    OFFSET_MOVED_TO_TIERED_STORAGE may come back (KIP-405)
//	15    replica id and epoch move to a tag (KIP-903)
//	16    the response hints at the current leader's endpoint (KIP-951)
//	17    directory id of a following controller (KIP-853)
//	18    high watermark the replica knows (KIP-1166)
var fetchAPI = serve(API{Key: 1, Name: "Fetch", Min: 4, Max: 18, Served: 4, FlexibleFrom: 12,
	On:     OnBroker | OnController,
	refuse: withCode(func(a *kmsg.FetchResponse) *int16 { return &a.ErrorCode }),
})

// Fetch is a decoded fetch request. It and all its slices belong to a pooled Request; nothing in it points
// into the frame.
type Fetch struct {
	ClusterID       string            // v12+, "" if not given
	Replica         kafka.NodeID      // -1: a consumer
	ReplicaEpoch    kafka.BrokerEpoch // v15+, -1 if not given
	MaxWaitMillis   int32
	MinBytes        int32
	MaxBytes        int32
	Isolation       int8  // 0: read uncommitted, 1: read committed; the broker checks it
	SessionID       int32 // v7+, else 0
	SessionEpoch    int32 // v7+, else -1: no session
	Topics          []FetchTopic
	ForgottenTopics []ForgottenTopic // v7+
	Rack            string           // v11+
}

// FetchTopic is one topic of a Fetch: named up to version 12, by id from 13 on.
type FetchTopic struct {
	Topic      string
	TopicID    kafka.UUID
	Partitions []FetchPartition
}

// FetchPartition asks for the records of one partition.
type FetchPartition struct {
	Partition          kafka.PartitionID
	CurrentLeaderEpoch kafka.LeaderEpoch // v9+, else env.NoEpoch
	FetchOffset        kafka.Offset
	LastFetchedEpoch   kafka.LeaderEpoch // v12+, else env.NoEpoch
	LogStart           kafka.Offset      // of the following replica; v5+, else -1
	MaxBytes           int32
	DirectoryID        kafka.UUID   // v17+
	HighWatermark      kafka.Offset // v18+, else the largest offset: not supported
}

// ForgottenTopic lists partitions that leave the fetch session.
type ForgottenTopic struct {
	Topic      string
	TopicID    kafka.UUID
	Partitions []kafka.PartitionID
}

func (f *Fetch) read(r *reader, version int16, n *names) {
	*f = Fetch{Replica: -1, ReplicaEpoch: -1, SessionEpoch: -1,
		Topics: f.Topics[:0], ForgottenTopics: f.ForgottenTopics[:0]}
	f.readTop(r, version)
	least := topicLeast(r.flexible, version >= 13)
	f.Topics = resized(f.Topics, r.array(least))
	for i := 0; i < len(f.Topics) && r.err == nil; i++ {
		f.Topics[i].read(r, version, n)
	}
	if version >= 7 {
		f.ForgottenTopics = resized(f.ForgottenTopics, r.array(least))
	}
	for i := 0; i < len(f.ForgottenTopics) && r.err == nil; i++ {
		f.ForgottenTopics[i].read(r, version, n)
	}
	if version >= 11 {
		f.Rack = n.of(r.string())
	}
	r.eachTag(func(tag uint32, r *reader) { f.readTag(tag, r, version, n) })
}

func (f *Fetch) readTop(r *reader, version int16) {
	if version <= 14 {
		f.Replica = kafka.NodeID(r.int32())
	}
	f.MaxWaitMillis, f.MinBytes, f.MaxBytes = r.int32(), r.int32(), r.int32()
	f.Isolation = r.int8()
	if version >= 7 {
		f.SessionID, f.SessionEpoch = r.int32(), r.int32()
	}
}

func (f *Fetch) readTag(tag uint32, r *reader, version int16, n *names) {
	switch {
	case tag == 0:
		f.ClusterID = n.of(r.nullableString())
	case tag == 1 && version >= 15:
		f.Replica, f.ReplicaEpoch = kafka.NodeID(r.int32()), kafka.BrokerEpoch(r.int64())
		r.eachTag(nil)
	}
}

func (t *FetchTopic) read(r *reader, version int16, n *names) {
	t.Topic, t.TopicID = r.topic(version >= 13, n)
	t.Partitions = resized(t.Partitions, r.array(fetchPartitionLeast(version)))
	for i := 0; i < len(t.Partitions) && r.err == nil; i++ {
		t.Partitions[i].read(r, version)
	}
	r.eachTag(nil)
}

// fetchPartitionLeast is the size of a partition, without tags.
func fetchPartitionLeast(version int16) int {
	switch {
	case version >= 12:
		return 33
	case version >= 9:
		return 28
	case version >= 5:
		return 24
	}
	return 16
}

func (p *FetchPartition) read(r *reader, version int16) {
	*p = FetchPartition{Partition: kafka.PartitionID(r.int32()), CurrentLeaderEpoch: kafka.NoEpoch,
		LastFetchedEpoch: kafka.NoEpoch, LogStart: -1, HighWatermark: math.MaxInt64}
	if version >= 9 {
		p.CurrentLeaderEpoch = kafka.LeaderEpoch(r.int32())
	}
	p.FetchOffset = kafka.Offset(r.int64())
	if version >= 12 {
		p.LastFetchedEpoch = kafka.LeaderEpoch(r.int32())
	}
	if version >= 5 {
		p.LogStart = kafka.Offset(r.int64())
	}
	p.MaxBytes = r.int32()
	r.eachTag(func(tag uint32, r *reader) { p.readTag(tag, r, version) })
}

func (p *FetchPartition) readTag(tag uint32, r *reader, version int16) {
	switch {
	case tag == 0 && version >= 17:
		p.DirectoryID = r.uuid()
	case tag == 1 && version >= 18:
		p.HighWatermark = kafka.Offset(r.int64())
	}
}

func (t *ForgottenTopic) read(r *reader, version int16, n *names) {
	t.Topic, t.TopicID = r.topic(version >= 13, n)
	t.Partitions = resized(t.Partitions, r.array(4))
	for i := 0; i < len(t.Partitions) && r.err == nil; i++ {
		t.Partitions[i] = kafka.PartitionID(r.int32())
	}
	r.eachTag(nil)
}
