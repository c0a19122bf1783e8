package wire

import (
	"bytes"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// testdata/golden.txt holds bodies that an encoder made from Kafka's own schemas has written: they are read
// and, written again, are the same bytes.
func TestGoldenBodies(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(withoutComments(string(text))) {
		words := strings.Fields(line)
		a := apiNamed(t, words[0])
		v, err := strconv.ParseInt(words[1], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		goldenRequest(t, a, int16(v), unhex(t, words[2]))
		goldenResponse(t, a, int16(v), unhex(t, words[3]))
	}
}

func apiNamed(t *testing.T, name string) *API {
	for _, a := range APIs() {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no API is called %s", name)
	return nil
}

func unhex(t *testing.T, s string) []byte {
	b, err := hex.DecodeString(strings.TrimPrefix(s, "-"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func goldenRequest(t *testing.T, a *API, v int16, body []byte) {
	q, err := New(Limits{}).Decode(bodyFrame(a.Key, v, body), nil)
	if err != nil {
		t.Errorf("request: %v\n% x", err, body)
		return
	}
	if got := encodedBody(q.(*Request)); !bytes.Equal(got, body) {
		t.Errorf("%s v%d request\n% x\ncame as\n% x", a.Name, v, body, got)
	}
}

func goldenResponse(t *testing.T, a *API, v int16, body []byte) {
	resp := kmsg.ResponseForKey(a.Key)
	resp.SetVersion(v)
	frame := appendResponseHeader(nil, flexibleResponseHeader(resp), 1)
	head := len(frame)
	frame = endFrame(append(frame, body...), 0)
	resp, err := DecodeResponse(frame, a.Key, v)
	if err != nil {
		t.Errorf("%s v%d response: %v\n% x", a.Name, v, err, body)
		return
	}
	if got := encodedResponse(resp)[head:]; !bytes.Equal(got, body) {
		t.Errorf("%s v%d response\n% x\ncame as\n% x", a.Name, v, body, got)
	}
}

// encodedResponse encodes Produce and Fetch by our own hand.
func encodedResponse(resp kmsg.Response) []byte {
	switch r := resp.(type) {
	case *kmsg.ProduceResponse:
		return produceResponseOf(r).Append(nil, r.Version, 1)
	case *kmsg.FetchResponse:
		_, out := fetchResponseOf(r).Append(nil, nil, r.Version, 1)
		return flatten(out, nil)
	}
	return AppendResponse(nil, 1, resp)
}

func produceResponseOf(k *kmsg.ProduceResponse) *ProduceResponse {
	p := &ProduceResponse{ThrottleMillis: k.ThrottleMillis}
	for _, e := range k.Brokers {
		p.Endpoints = append(p.Endpoints, Endpoint{kafka.NodeID(e.NodeID), e.Host, e.Port, orEmpty(e.Rack)})
	}
	for _, kt := range k.Topics {
		topic := p.AddTopic(kt.Topic, kt.TopicID)
		for _, kp := range kt.Partitions {
			q := topic.AddPartition(kafka.PartitionID(kp.Partition), kafka.ErrorCode(kp.ErrorCode))
			q.BaseOffset, q.LogAppendTime, q.LogStart = kafka.Offset(kp.BaseOffset), env.WallMillis(kp.LogAppendTime),
				kafka.Offset(kp.LogStartOffset)
			q.ErrText = orEmpty(kp.ErrorMessage)
			q.CurrentLeader = CurrentLeader{kp.CurrentLeader.LeaderID != -1, kafka.NodeID(kp.CurrentLeader.LeaderID),
				kafka.LeaderEpoch(kp.CurrentLeader.LeaderEpoch)}
			for _, e := range kp.ErrorRecords {
				q.RecordErrors = append(q.RecordErrors, RecordError{e.RelativeOffset, orEmpty(e.ErrorMessage)})
			}
		}
	}
	return p
}

func fetchResponseOf(k *kmsg.FetchResponse) *FetchResponse {
	f := &FetchResponse{ThrottleMillis: k.ThrottleMillis, Err: kafka.ErrorCode(k.ErrorCode), SessionID: k.SessionID}
	for _, e := range k.Brokers {
		f.Endpoints = append(f.Endpoints, Endpoint{kafka.NodeID(e.NodeID), e.Host, e.Port, orEmpty(e.Rack)})
	}
	for _, kt := range k.Topics {
		topic := f.AddTopic(kt.Topic, kt.TopicID)
		for i := range kt.Partitions {
			fetchedOf(topic, &kt.Partitions[i])
		}
	}
	return f
}

func fetchedOf(t *FetchResponseTopic, k *kmsg.FetchResponseTopicPartition) {
	p := t.AddPartition(kafka.PartitionID(k.Partition), kafka.ErrorCode(k.ErrorCode))
	p.HighWatermark, p.LastStableOffset, p.LogStart = kafka.Offset(k.HighWatermark), kafka.Offset(k.LastStableOffset),
		kafka.Offset(k.LogStartOffset)
	p.PreferredReadReplica = kafka.NodeID(k.PreferredReadReplica)
	p.Diverging = EpochEnd{k.DivergingEpoch.Epoch != -1, kafka.LeaderEpoch(k.DivergingEpoch.Epoch),
		kafka.Offset(k.DivergingEpoch.EndOffset)}
	p.SnapshotID = EpochEnd{k.SnapshotID.Epoch != -1, kafka.LeaderEpoch(k.SnapshotID.Epoch),
		kafka.Offset(k.SnapshotID.EndOffset)}
	p.CurrentLeader = CurrentLeader{k.CurrentLeader.LeaderID != -1, kafka.NodeID(k.CurrentLeader.LeaderID),
		kafka.LeaderEpoch(k.CurrentLeader.LeaderEpoch)}
	for _, a := range k.AbortedTransactions {
		p.Aborted = append(p.Aborted, AbortedTransaction{kafka.ProducerID(a.ProducerID), kafka.Offset(a.FirstOffset)})
	}
	p.Records = append(p.Records, env.Segment{Bytes: k.RecordBatches})
}
