package wire

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
)

// asKmsg is a Fetch as kmsg has it, to be encoded and compared.
func (f *Fetch) asKmsg(version int16) *kmsg.FetchRequest {
	k := kmsg.NewPtrFetchRequest()
	k.Version, k.MaxWaitMillis, k.MinBytes, k.MaxBytes = version, f.MaxWaitMillis, f.MinBytes, f.MaxBytes
	k.SessionID, k.SessionEpoch, k.Rack, k.ClusterID = f.SessionID, f.SessionEpoch, f.Rack, orNull(f.ClusterID)
	k.IsolationLevel = f.Isolation
	k.ReplicaID = int32(f.Replica)
	if version >= 15 {
		k.ReplicaState.ID, k.ReplicaState.Epoch = int32(f.Replica), int64(f.ReplicaEpoch)
	}
	for _, t := range f.Topics {
		kt := kmsg.FetchRequestTopic{Topic: t.Topic, TopicID: t.TopicID}
		for _, p := range t.Partitions {
			kt.Partitions = append(kt.Partitions, kmsg.FetchRequestTopicPartition{Partition: int32(p.Partition),
				CurrentLeaderEpoch: int32(p.CurrentLeaderEpoch), FetchOffset: int64(p.FetchOffset),
				LastFetchedEpoch: int32(p.LastFetchedEpoch),
				LogStartOffset:   int64(p.LogStart), PartitionMaxBytes: p.MaxBytes, ReplicaDirectoryID: p.DirectoryID,
				HighWatermark: int64(p.HighWatermark)})
		}
		k.Topics = append(k.Topics, kt)
	}
	for _, t := range f.ForgottenTopics {
		kt := kmsg.FetchRequestForgottenTopic{Topic: t.Topic, TopicID: t.TopicID}
		for _, p := range t.Partitions {
			kt.Partitions = append(kt.Partitions, int32(p))
		}
		k.ForgottenTopics = append(k.ForgottenTopics, kt)
	}
	return k
}

// What kmsg encodes, in every version, is decoded to the same; one Request is used for all. kmsg writes a tag
// into versions that do not know it yet (it has no version for tags), so those fields are at their defaults
// there.
func TestFetchAgreesWithKmsg(t *testing.T) {
	var reuse any
	rapid.Check(t, func(t *rapid.T) {
		drawn := kmsg.NewPtrFetchRequest()
		fill(t, reflect.ValueOf(drawn).Elem())
		for v := fetchAPI.Min; v <= fetchAPI.Max; v++ {
			req := inVersion(drawn, v)
			q := decodedAgain(t, frameOf(req, nil), reuse)
			reuse = q
			withoutTags(reflect.ValueOf(req).Elem())
			want, got := req.AppendTo(nil), q.Fetch.asKmsg(v).AppendTo(nil)
			if !bytes.Equal(got, want) {
				t.Fatalf("v%d: went in as\n% x\nand came as\n% x", v, want, got)
			}
		}
	})
}

// inVersion is drawn with what a client of that version may say.
func inVersion(drawn *kmsg.FetchRequest, v int16) *kmsg.FetchRequest {
	req := *drawn
	req.Version = v
	req.IsolationLevel &= 1
	if req.ClusterID != nil && *req.ClusterID == "" {
		req.ClusterID = nil
	}
	if v < 15 {
		req.ReplicaState = kmsg.NewFetchRequestReplicaState()
	} else {
		req.ReplicaID = req.ReplicaState.ID
	}
	req.Topics = nil
	for _, t := range drawn.Topics {
		parts := t.Partitions
		t.Partitions = nil
		for _, p := range parts {
			if v < 17 {
				p.ReplicaDirectoryID = [16]byte{}
			}
			if v < 18 {
				p.HighWatermark = kmsg.NewFetchRequestTopicPartition().HighWatermark
			}
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	return &req
}

func drawnFetchResponse(t *rapid.T, reuse *FetchResponse, disk []byte) *FetchResponse {
	var k kmsg.FetchResponse
	fill(t, reflect.ValueOf(&k).Elem())
	f := reuse
	f.Reset()
	f.ThrottleMillis, f.Err, f.SessionID = k.ThrottleMillis, kafka.ErrorCode(k.ErrorCode), k.SessionID
	for _, e := range k.Brokers {
		f.Endpoints = append(f.Endpoints, Endpoint{kafka.NodeID(e.NodeID), e.Host, e.Port, orEmpty(e.Rack)})
	}
	for _, kt := range k.Topics {
		topic := f.AddTopic(kt.Topic, kt.TopicID)
		for _, kp := range kt.Partitions {
			fillFetched(t, topic.AddPartition(kafka.PartitionID(kp.Partition), kafka.ErrorCode(kp.ErrorCode)), &kp, disk)
		}
	}
	return f
}

func fillFetched(t *rapid.T, p *FetchResponsePartition, k *kmsg.FetchResponseTopicPartition, disk []byte) {
	p.HighWatermark, p.LastStableOffset, p.LogStart = kafka.Offset(k.HighWatermark), kafka.Offset(k.LastStableOffset),
		kafka.Offset(k.LogStartOffset)
	p.PreferredReadReplica = kafka.NodeID(k.PreferredReadReplica)
	p.Diverging = EpochEnd{coins.Draw(t, "diverges"), kafka.LeaderEpoch(k.DivergingEpoch.Epoch),
		kafka.Offset(k.DivergingEpoch.EndOffset)}
	p.SnapshotID = EpochEnd{coins.Draw(t, "snapshot"), kafka.LeaderEpoch(k.SnapshotID.Epoch),
		kafka.Offset(k.SnapshotID.EndOffset)}
	p.CurrentLeader = CurrentLeader{coins.Draw(t, "leader known"), kafka.NodeID(k.CurrentLeader.LeaderID),
		kafka.LeaderEpoch(k.CurrentLeader.LeaderEpoch)}
	if k.AbortedTransactions != nil {
		p.Aborted = []AbortedTransaction{}
	}
	for _, a := range k.AbortedTransactions {
		p.Aborted = append(p.Aborted, AbortedTransaction{kafka.ProducerID(a.ProducerID), kafka.Offset(a.FirstOffset)})
	}
	for range counts.Draw(t, "segments") {
		if coins.Draw(t, "in memory") {
			p.Records = append(p.Records, env.Segment{Bytes: blobs.Draw(t, "records")})
			continue
		}
		from := rapid.IntRange(0, len(disk)).Draw(t, "position")
		length := rapid.IntRange(0, len(disk)-from).Draw(t, "length")
		p.Records = append(p.Records, env.Segment{Region: env.Region{File: 3, Pos: env.Position(from), Length: length}})
	}
}

func (f *FetchResponse) asKmsg(version int16, disk []byte) *kmsg.FetchResponse {
	k := kmsg.NewPtrFetchResponse()
	k.Version, k.ThrottleMillis, k.ErrorCode, k.SessionID = version, f.ThrottleMillis, int16(f.Err), f.SessionID
	for _, e := range f.Endpoints {
		if version >= 16 {
			k.Brokers = append(k.Brokers, kmsg.FetchResponseBroker{NodeID: int32(e.Node), Host: e.Host, Port: e.Port,
				Rack: orNull(e.Rack)})
		}
	}
	for _, t := range f.Topics {
		kt := kmsg.FetchResponseTopic{Topic: t.Topic, TopicID: t.TopicID}
		for i := range t.Partitions {
			kt.Partitions = append(kt.Partitions, t.Partitions[i].asKmsg(disk))
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func (p *FetchResponsePartition) asKmsg(disk []byte) kmsg.FetchResponseTopicPartition {
	k := kmsg.NewFetchResponseTopicPartition()
	k.Partition, k.ErrorCode, k.PreferredReadReplica = int32(p.Partition), int16(p.Err), int32(p.PreferredReadReplica)
	k.HighWatermark, k.LastStableOffset, k.LogStartOffset = int64(p.HighWatermark), int64(p.LastStableOffset),
		int64(p.LogStart)
	if p.Diverging.Known {
		k.DivergingEpoch.Epoch, k.DivergingEpoch.EndOffset = int32(p.Diverging.Epoch), int64(p.Diverging.End)
	}
	if p.SnapshotID.Known {
		k.SnapshotID.Epoch, k.SnapshotID.EndOffset = int32(p.SnapshotID.Epoch), int64(p.SnapshotID.End)
	}
	if p.CurrentLeader.Known {
		k.CurrentLeader.LeaderID, k.CurrentLeader.LeaderEpoch = int32(p.CurrentLeader.ID), int32(p.CurrentLeader.Epoch)
	}
	if p.Aborted != nil {
		k.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{}
	}
	for _, a := range p.Aborted {
		k.AbortedTransactions = append(k.AbortedTransactions,
			kmsg.FetchResponseTopicPartitionAbortedTransaction{ProducerID: int64(a.Producer), FirstOffset: int64(a.First)})
	}
	k.RecordBatches = append([]byte{}, flatten(p.Records, disk)...)
	return k
}

// What we encode, put together from its segments, kmsg decodes to the same, in every version.
func TestFetchResponseAgreesWithKmsg(t *testing.T) {
	disk := make([]byte, 400)
	for i := range disk {
		disk[i] = byte(i)
	}
	var reuse FetchResponse
	rapid.Check(t, func(t *rapid.T) {
		f := drawnFetchResponse(t, &reuse, disk)
		head := make([]byte, 0, rapid.IntRange(0, 3000).Draw(t, "room"))
		for v := fetchAPI.Min; v <= fetchAPI.Max; v++ {
			before := append(head, "before"...)
			_, out := f.Append(before, []env.Segment{{Bytes: []byte("other")}}, v, 4)
			answersAs(t, flatten(out[1:], disk), f.asKmsg(v, disk), 4)
		}
	})
}

// Records leave as the very segments they came as.
func TestFetchedRecordsAreNotCopied(t *testing.T) {
	var f FetchResponse
	bytesOf, region := []byte("records in memory"), env.Region{File: 9, Pos: 4096, Length: 1 << 20}
	p := f.AddTopic("t", kafka.UUID{}).AddPartition(0, kafka.None)
	p.Records = append(p.Records, env.Segment{Bytes: bytesOf}, env.Segment{Region: region})
	head, out := f.Append(nil, nil, 12, 1)
	if len(out) != 4 || &out[1].Bytes[0] != &bytesOf[0] || out[2].Region != region {
		t.Fatalf("segments %+v", out)
	}
	if size := int(be32(out[0].Bytes)); size != len(head)-4+len(bytesOf)+region.Length {
		t.Errorf("the length prefix says %d", size)
	}
}

// A tag means what it means only from the version on that brought it; before, it is an unknown one.
func TestFetchTagsHaveVersions(t *testing.T) {
	drawn := kmsg.NewPtrFetchRequest()
	p := kmsg.NewFetchRequestTopicPartition()
	p.ReplicaDirectoryID, p.HighWatermark = [16]byte{1}, 5
	drawn.Topics = []kmsg.FetchRequestTopic{{Partitions: []kmsg.FetchRequestTopicPartition{p}}}
	drawn.ReplicaState.ID, drawn.ReplicaState.Epoch = 3, 8
	for v := int16(12); v <= fetchAPI.Max; v++ {
		drawn.Version = v // kmsg writes the tags whatever the version
		f := decodedAgain(t, frameOf(drawn, nil), nil).Fetch
		q := f.Topics[0].Partitions[0]
		if known := f.Replica == 3 && f.ReplicaEpoch == 8; known != (v >= 15) {
			t.Errorf("v%d: replica %d epoch %d", v, f.Replica, f.ReplicaEpoch)
		}
		if known := q.DirectoryID == (kafka.UUID{1}); known != (v >= 17) {
			t.Errorf("v%d: directory %s", v, q.DirectoryID)
		}
		if known := q.HighWatermark == 5; known != (v >= 18) {
			t.Errorf("v%d: high watermark %d", v, q.HighWatermark)
		}
	}
}
