package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/seglog"
)

// The timestamps with a meaning of their own in ListOffsets.
const (
	latestOffset          = -1
	earliestOffset        = -2
	maxTimestampOffset    = -3 // KIP-734
	earliestLocalOffset   = -4 // KIP-405: the same as earliest, nothing is tiered here
	latestTieredOffset    = -5 // KIP-1005: there is none
	earliestPendingUpload = -6 // KIP-1023: there is none
)

// timestampSince is the first request version that may use each of them, by its number turned positive; 0 is not
// one of them.
var timestampSince = [...]int16{0, 1, 1, 7, 8, 9, 11}

// timestampServed reports whether the version of the request has this special timestamp. Any other that is negative
// is none.
func timestampServed(timestamp int64, version int16) bool {
	return timestamp >= 0 || timestamp > -int64(len(timestampSince)) && version >= timestampSince[-timestamp]
}

// offsetsRequest is a ListOffsets request, some of whose lookups may have to read from disk.
type offsetsRequest struct {
	logs      *logs
	request   *inbox.Request
	response  *kmsg.ListOffsetsResponse
	named     map[kafka.TopicPartition]int // how often the request names each partition
	replica   kafka.NodeID                 // of a follower that asks; -1: a client
	committed bool                         // read_committed
	level     int8                         // of isolation, as asked for
	waiting   int                          // lookups under way, and one while the request is being looked at
}

// lookup is one partition's search that waits for its log.
type lookup struct {
	list      *offsetsRequest
	part      *partition
	timestamp int64
	topic     int // in the response
	partition int
}

func (b *Broker) listOffsets(now env.Now, q *inbox.Request, r *kmsg.ListOffsetsRequest) {
	resp := r.ResponseKind().(*kmsg.ListOffsetsResponse)
	l := &offsetsRequest{logs: &b.logs, request: q, response: resp, waiting: 1, named: timesNamed(r),
		replica:   kafka.NodeID(r.ReplicaID),
		committed: kafka.IsolationLevel(r.IsolationLevel) == kafka.ReadCommitted, level: r.IsolationLevel}
	for _, t := range r.Topics {
		out := kmsg.NewListOffsetsResponseTopic()
		out.Topic = t.Topic
		resp.Topics = append(resp.Topics, out)
		for _, p := range t.Partitions {
			l.add(now, len(resp.Topics)-1, kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)}, p)
		}
	}
	l.release()
}

func timesNamed(r *kmsg.ListOffsetsRequest) map[kafka.TopicPartition]int {
	named := map[kafka.TopicPartition]int{}
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			named[kafka.TopicPartition{Topic: t.Topic, Partition: kafka.PartitionID(p.Partition)}]++
		}
	}
	return named
}

func (l *offsetsRequest) add(now env.Now, topic int, tp kafka.TopicPartition,
	ask kmsg.ListOffsetsRequestTopicPartition) {
	out := kmsg.NewListOffsetsResponseTopicPartition()
	out.Partition, out.Timestamp, out.Offset, out.LeaderEpoch = ask.Partition, -1, -1, -1
	t := &l.response.Topics[topic]
	part, code := l.admit(tp, ask)
	out.ErrorCode = int16(code)
	t.Partitions = append(t.Partitions, out)
	if code != kafka.None {
		return
	}
	k := &lookup{list: l, part: part, timestamp: ask.Timestamp, topic: topic, partition: len(t.Partitions) - 1}
	l.waiting++
	if !k.try(now) {
		part.lookups = append(part.lookups, k)
	}
}

func (l *offsetsRequest) admit(tp kafka.TopicPartition, ask kmsg.ListOffsetsRequestTopicPartition) (*partition,
	kafka.ErrorCode) {
	switch {
	case l.named[tp] > 1, !kafka.IsolationLevel(l.level).Valid():
		return nil, kafka.InvalidRequest
	case !timestampServed(ask.Timestamp, l.request.Version()):
		return nil, kafka.UnsupportedVersion
	}
	part, code := l.find(tp)
	if code == kafka.None {
		_, _, code = part.replica.Fetchable(l.replica, l.committed, kafka.LeaderEpoch(ask.CurrentLeaderEpoch))
	}
	return part, code
}

// find finds the partition: led here, or for a tool that looks at single replicas just here.
func (l *offsetsRequest) find(tp kafka.TopicPartition) (*partition, kafka.ErrorCode) {
	if p := l.logs.byName[tp]; p != nil && l.replica == kafka.DebuggingReplica {
		return p, p.readable()
	}
	return l.logs.find(tp, (*partition).served)
}

// try answers the lookup if it can now.
func (k *lookup) try(now env.Now) bool {
	out := &k.list.response.Topics[k.topic].Partitions[k.partition]
	found, status, code := k.find(now)
	switch {
	case code != kafka.None:
		out.ErrorCode = int16(code)
	case status == seglog.ReadPending:
		return false
	case status == seglog.ReadReady:
		out.Offset, out.Timestamp, out.LeaderEpoch = int64(found.Offset), int64(found.Timestamp), int32(found.Epoch)
	default:
		out.ErrorCode = int16(kafka.KafkaStorageError)
	}
	k.list.release()
	return true
}

// find looks, within what the asker may read. A new leader that does not know yet how far its predecessor had come
// says so where the answer would rest on it.
func (k *lookup) find(now env.Now) (found seglog.Found, status seglog.ReadStatus, code kafka.ErrorCode) {
	if _, code = k.list.find(k.part.TopicPartition); code != kafka.None {
		return found, status, code
	}
	end, lagging, code := k.part.replica.Fetchable(k.list.replica, k.list.committed, kafka.NoEpoch)
	if code != kafka.None {
		return found, status, code
	}
	found, status = k.part.find(now, k.timestamp, end)
	if status == seglog.ReadReady && lagging != kafka.None &&
		(k.timestamp == latestOffset || k.timestamp >= 0 && found.Offset < 0) {
		return found, status, lagging
	}
	return found, status, kafka.None
}

// find looks an offset below end up by time, or by one of the special timestamps. Offset -1: there is none.
func (p *partition) find(now env.Now, timestamp int64, end kafka.Offset) (found seglog.Found,
	status seglog.ReadStatus) {
	none := seglog.Found{Offset: -1, Timestamp: -1, Epoch: kafka.NoEpoch}
	switch timestamp {
	case latestOffset:
		return seglog.Found{Offset: end, Timestamp: -1, Epoch: p.replica.Epoch()}, seglog.ReadReady
	case earliestOffset, earliestLocalOffset:
		start := p.log.LogStart()
		return seglog.Found{Offset: start, Timestamp: -1, Epoch: p.log.EpochAt(start)}, seglog.ReadReady
	case latestTieredOffset, earliestPendingUpload:
		return none, seglog.ReadReady
	case maxTimestampOffset:
		found, status = p.log.MaxTimestamp(now)
	default:
		found, status = p.log.OffsetForTimestamp(now, env.WallMillis(timestamp))
	}
	if status == seglog.ReadReady && found.Offset >= end {
		found = none // not committed: not there for a client
	}
	return found, status
}

// retryLookups tries the searches that waited for this log.
func (p *partition) retryLookups(now env.Now) {
	waiting := p.lookups[:0]
	for _, k := range p.lookups {
		if !k.try(now) {
			waiting = append(waiting, k)
		}
	}
	clear(p.lookups[len(waiting):])
	p.lookups = waiting
}

func (l *offsetsRequest) release() {
	if l.waiting--; l.waiting == 0 {
		l.request.Reply(l.response)
	}
}
