package wire

import (
	"gregor/core/kafka"
	"gregor/core/record"
)

// Produce (key 0): 3-13 are served, 0-13 advertised.
//
//	0-2   message sets of magic 0 and 1, gone with Kafka 4.0 (KIP-896). They are still advertised, because
//	      librdkafka up to 2.11.0 looks for old versions to find out which codecs it may use (KAFKA-18659), and
//	      answered UNSUPPORTED_VERSION per partition.
//	3     transactional id, record batches (magic 2)
//	4-6   as 3; from 5 on the response has the log start offset
//	7     zstd allowed (KIP-110)
//	8     the response names the records that failed (KIP-467)
//	9     flexible
//	10    the response hints at the current leader (KIP-951)
//	11    TRANSACTION_ABORTABLE may come back (KIP-890)
//	12    the partition joins the transaction by itself (KIP-890 part 2)
//	13    topic ids in place of names (KIP-516)
var produceAPI = serve(API{Key: 0, Name: "Produce", Min: 0, Max: 13, Served: 3, FlexibleFrom: 9, On: OnBroker})

// Produce is a decoded produce request. It and all its slices belong to a pooled Request; Records and Batch
// point into the frame.
type Produce struct {
	TransactionalID string     // "" if Transactional is false
	Transactional   bool       // a transactional id was given
	Acks            kafka.Acks // -1 all in sync, 0 none, 1 the leader; the broker checks it
	TimeoutMillis   int32
	Topics          []ProduceTopic
}

// ProduceTopic is one topic of a Produce: named up to version 12, by id from 13 on.
type ProduceTopic struct {
	Topic      string
	TopicID    kafka.UUID
	Partitions []ProducePartition
}

// ProducePartition is what one partition shall append, validated once the Request is finished: either Err says why not
// (and ErrText in words), or Batch is the one batch it brings, and Summary what was found out about it.
type ProducePartition struct {
	Partition kafka.PartitionID
	Records   []byte // as sent; nil if null
	Batch     record.Batch
	Summary   record.Summary
	Err       kafka.ErrorCode
	ErrText   string
	// Err is about the form of the request, which Kafka checks before it looks for the partition's leader
	Malformed bool
	packed    record.Batch // a compressed batch that Finish has still to check
}

func (p *Produce) read(r *reader, version int16, n *names) {
	p.TransactionalID, p.Transactional = "", false
	if version >= 3 {
		id := r.nullableString()
		p.TransactionalID, p.Transactional = n.of(id), id != nil
	}
	p.Acks, p.TimeoutMillis = kafka.Acks(r.int16()), r.int32()
	p.Topics = resized(p.Topics, r.array(topicLeast(r.flexible, version >= 13)))
	for i := 0; i < len(p.Topics) && r.err == nil; i++ {
		p.Topics[i].read(r, version, n)
	}
	r.eachTag(nil)
}

func (t *ProduceTopic) read(r *reader, version int16, n *names) {
	t.Topic, t.TopicID = r.topic(version >= 13, n)
	t.Partitions = resized(t.Partitions, r.array(producePartitionLeast(r.flexible)))
	for i := 0; i < len(t.Partitions) && r.err == nil; i++ {
		t.Partitions[i].read(r)
	}
	r.eachTag(nil)
}

func (p *ProducePartition) read(r *reader) {
	*p = ProducePartition{Partition: kafka.PartitionID(r.int32()), Records: r.nullableBytes()}
	r.eachTag(nil)
}

// producePartitionLeast is the size of a partition with null records.
func producePartitionLeast(flexible bool) int {
	if flexible {
		return 4 + 1 + 1
	}
	return 4 + 4
}

// topic takes a topic's id or its name.
func (r *reader) topic(byID bool, n *names) (string, kafka.UUID) {
	if byID {
		return "", r.uuid()
	}
	return n.of(r.string()), kafka.UUID{}
}

// topicLeast is the size of the smallest topic: its name or id, no partitions, no tags.
func topicLeast(flexible, byID bool) int {
	switch {
	case byID:
		return 16 + 1 + 1
	case flexible:
		return 1 + 1 + 1
	}
	return 2 + 4
}
