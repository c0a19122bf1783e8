package wire

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// asKmsg is a Produce as kmsg has it, to be encoded and compared.
func (p *Produce) asKmsg(version int16) *kmsg.ProduceRequest {
	k := kmsg.NewPtrProduceRequest()
	k.Version, k.Acks, k.TimeoutMillis = version, int16(p.Acks), p.TimeoutMillis
	if p.Transactional {
		k.TransactionID = &p.TransactionalID
	}
	for _, t := range p.Topics {
		kt := kmsg.ProduceRequestTopic{Topic: t.Topic, TopicID: t.TopicID}
		for _, q := range t.Partitions {
			kt.Partitions = append(kt.Partitions, kmsg.ProduceRequestTopicPartition{Partition: int32(q.Partition),
				Records: q.Records})
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

// What kmsg encodes, in every version and with unknown tags, is decoded to the same; one Request is used for all.
func TestProduceAgreesWithKmsg(t *testing.T) {
	var reuse any
	rapid.Check(t, func(t *rapid.T) {
		req := kmsg.NewPtrProduceRequest()
		fill(t, reflect.ValueOf(req).Elem())
		for v := produceAPI.Min; v <= produceAPI.Max; v++ {
			req.SetVersion(v)
			q := decodedAgain(t, frameOf(req, nil), reuse)
			reuse = q
			plain := *req
			withoutTags(reflect.ValueOf(&plain).Elem())
			want, got := plain.AppendTo(nil), q.Produce.asKmsg(v).AppendTo(nil)
			if !bytes.Equal(got, want) {
				t.Fatalf("v%d: went in as\n% x\nand came as\n% x", v, want, got)
			}
		}
	})
}

func decodedAgain(t rapid.TB, frame []byte, reuse any) *Request {
	q, err := New(Limits{}).Decode(frame, reuse)
	if err != nil {
		t.Fatalf("Decode: %v\n% x", err, frame)
	}
	env.Finish(q, nil)
	return q.(*Request)
}

func drawnProduceResponse(t *rapid.T, reuse *ProduceResponse) *ProduceResponse {
	var k kmsg.ProduceResponse
	fill(t, reflect.ValueOf(&k).Elem())
	p := reuse
	p.Reset()
	p.ThrottleMillis = k.ThrottleMillis
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
			q.CurrentLeader = CurrentLeader{coins.Draw(t, "leader known"), kafka.NodeID(kp.CurrentLeader.LeaderID),
				kafka.LeaderEpoch(kp.CurrentLeader.LeaderEpoch)}
			for _, e := range kp.ErrorRecords {
				q.RecordErrors = append(q.RecordErrors, RecordError{e.RelativeOffset, orEmpty(e.ErrorMessage)})
			}
		}
	}
	return p
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (p *ProduceResponse) asKmsg(version int16) *kmsg.ProduceResponse {
	k := kmsg.NewPtrProduceResponse()
	k.Version, k.ThrottleMillis = version, p.ThrottleMillis
	for _, e := range p.Endpoints {
		if version >= 10 {
			k.Brokers = append(k.Brokers, kmsg.ProduceResponseBroker{NodeID: int32(e.Node), Host: e.Host, Port: e.Port,
				Rack: orNull(e.Rack)})
		}
	}
	for _, t := range p.Topics {
		kt := kmsg.ProduceResponseTopic{Topic: t.Topic, TopicID: t.TopicID}
		for i := range t.Partitions {
			kt.Partitions = append(kt.Partitions, t.Partitions[i].asKmsg(version))
		}
		k.Topics = append(k.Topics, kt)
	}
	return k
}

func (p *ProduceResponsePartition) asKmsg(version int16) kmsg.ProduceResponseTopicPartition {
	k := kmsg.NewProduceResponseTopicPartition()
	k.Partition, k.ErrorCode, k.BaseOffset = int32(p.Partition), int16(p.Err), int64(p.BaseOffset)
	k.LogAppendTime, k.LogStartOffset, k.ErrorMessage = int64(p.LogAppendTime), int64(p.LogStart), orNull(p.ErrText)
	if p.CurrentLeader.Known && version >= 10 {
		k.CurrentLeader.LeaderID, k.CurrentLeader.LeaderEpoch = int32(p.CurrentLeader.ID), int32(p.CurrentLeader.Epoch)
	}
	for _, e := range p.RecordErrors {
		k.ErrorRecords = append(k.ErrorRecords, kmsg.ProduceResponseTopicPartitionErrorRecord{RelativeOffset: e.Index,
			ErrorMessage: orNull(e.Text)})
	}
	return k
}

// What we encode, kmsg decodes to the same, in every version.
func TestProduceResponseAgreesWithKmsg(t *testing.T) {
	var reuse ProduceResponse
	var dst []byte
	rapid.Check(t, func(t *rapid.T) {
		p := drawnProduceResponse(t, &reuse)
		for v := produceAPI.Min; v <= produceAPI.Max; v++ {
			dst = p.Append(append(dst[:0], "before"...), v, 99)
			frame := dst[len("before"):]
			answersAs(t, frame, p.asKmsg(v), 99)
		}
	})
}

// answersAs holds a response frame against what kmsg makes of want.
func answersAs(t *rapid.T, frame []byte, want kmsg.Response, correlation int32) {
	if n, err := NewClient(Limits{}).FrameSize(frame); n != len(frame) || err != nil {
		t.Fatalf("v%d: a frame of %d bytes says it has %d: %v", want.GetVersion(), len(frame), n, err)
	}
	if id, err := CorrelationID(frame); id != correlation || err != nil {
		t.Fatalf("correlation id %d, %v", id, err)
	}
	got, err := DecodeResponse(frame, want.Key(), want.GetVersion())
	if err != nil {
		t.Fatalf("v%d: kmsg cannot read it: %v\n% x", want.GetVersion(), err, frame)
	}
	whole, err := DecodeResponse(AppendResponse(nil, correlation, want), want.Key(), want.GetVersion())
	if err != nil {
		t.Fatalf("v%d: kmsg cannot read its own: %v", want.GetVersion(), err)
	}
	if !reflect.DeepEqual(got, whole) {
		t.Fatalf("v%d: kmsg reads\n%+v\nwant\n%+v", want.GetVersion(), got, whole)
	}
}

func batchOf(codec record.Codec, values ...string) record.Batch {
	b := record.NewBuilder(record.Options{Codec: codec})
	for i, v := range values {
		b.Add(env.WallMillis(1000+i), nil, []byte(v))
	}
	return b.Build()
}

// magic0 is a message set of magic 0 with one message without key and value, written by hand: offset, size, CRC,
// magic, attributes, key length, value length.
var magic0 = append(append(make([]byte, 8), 0, 0, 0, 14, 0xde, 0xad, 0xbe, 0xef, 0, 0), 255, 255, 255, 255, 255, 255,
	255, 255)

// What a partition may bring, and Kafka's answer to everything else.
func TestPartitionsAreJudgedOneByOne(t *testing.T) {
	good := batchOf(record.None, "a", "b")
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	shifted := record.Batch(bytes.Clone(good))
	shifted.SetBase(5, 0)
	magic3 := bytes.Clone(good)
	magic3[16] = 3
	negative := bytes.Clone(good)
	negative[8] = 0xff
	for name, c := range map[string]struct {
		version int16
		records []byte
		want    kafka.ErrorCode
		batch   []byte
	}{
		"a good batch":                    {9, good, kafka.None, good},
		"no records":                      {9, nil, kafka.InvalidRecord, nil},
		"empty records":                   {9, []byte{}, kafka.InvalidRecord, nil},
		"a batch cut short":               {9, good[:len(good)-1], kafka.InvalidRecord, nil},
		"two batches":                     {9, append(bytes.Clone(good), good...), kafka.InvalidRecord, nil},
		"a batch and bytes that are none": {9, append(bytes.Clone(good), 1, 2, 3), kafka.None, good},
		"a batch and half a batch":        {9, append(bytes.Clone(good), good[:40]...), kafka.None, good},
		"a batch and magic 3":             {9, append(bytes.Clone(good), magic3...), kafka.CorruptMessage, nil},
		"a flipped bit":                   {9, flipped, kafka.CorruptMessage, nil},
		"magic 0":                         {9, magic0, kafka.InvalidRecord, nil},
		"magic 3":                         {9, magic3, kafka.CorruptMessage, nil},
		"a negative size":                 {9, negative, kafka.CorruptMessage, nil},
		"a base offset":                   {9, shifted, kafka.InvalidRecord, nil},
		"zstd in version 7":               {7, batchOf(record.Zstd, "a"), kafka.None, batchOf(record.Zstd, "a")},
		"zstd in version 6":               {6, batchOf(record.Zstd, "a"), kafka.UnsupportedCompressionType, nil},
		"produce version 2":               {2, magic0, kafka.UnsupportedVersion, nil},
	} {
		req := kmsg.NewPtrProduceRequest()
		req.Version = c.version
		req.Topics = []kmsg.ProduceRequestTopic{{Topic: "t", Partitions: []kmsg.ProduceRequestTopicPartition{
			{Partition: 0, Records: c.records}, {Partition: 1, Records: good}}}}
		q := decodedAgain(t, frameOf(req, nil), nil)
		p := q.Produce.Topics[0].Partitions[0]
		if p.Err != c.want || !bytes.Equal(p.Batch, c.batch) || (p.Err == kafka.None) != (p.ErrText == "") {
			t.Errorf("%s: %s %q with a batch of %d bytes, want %s with %d", name, p.Err, p.ErrText, len(p.Batch), c.want,
				len(c.batch))
		}
		if other := q.Produce.Topics[0].Partitions[1]; c.version >= 3 && (other.Err != kafka.None ||
			other.Summary.Count != 2) {
			t.Errorf("%s: the partition beside it suffers: %s %s", name, other.Err, other.ErrText)
		}
	}
}

// Compressed batches that would together become more than Limits.PlainBytes are refused, wherever the limit falls.
func TestFrameOfBombsIsRefusedCheaply(t *testing.T) {
	bomb := batchOf(record.Gzip, strings.Repeat("x", 100_000))
	req := kmsg.NewPtrProduceRequest()
	req.Version = 9
	req.Topics = make([]kmsg.ProduceRequestTopic, 1)
	for i := range 5 {
		req.Topics[0].Partitions = append(req.Topics[0].Partitions,
			kmsg.ProduceRequestTopicPartition{Partition: int32(i), Records: bomb})
	}
	msg, err := New(Limits{PlainBytes: 250_000}).Decode(frameOf(req, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	env.Finish(msg, nil)
	var codes []kafka.ErrorCode
	for _, p := range msg.(*Request).Produce.Topics[0].Partitions {
		codes = append(codes, p.Err)
	}
	if want := []kafka.ErrorCode{kafka.None, kafka.None, kafka.MessageTooLarge, kafka.MessageTooLarge,
		kafka.MessageTooLarge}; !reflect.DeepEqual(codes,
		want) {
		t.Errorf("codes %v, want %v", codes, want)
	}
}

// What a stock producer packs well is let in: 65 MiB of records that are 67 KB on the wire, in each of several
// partitions of a request, although the records of none of them fit the memory that checking takes. The host may have
// the work done in pieces; nothing passes that has not been checked to its end.
func TestWellCompressedBatchesAreLetIn(t *testing.T) {
	b := record.NewBuilder(record.Options{Codec: record.Gzip})
	value := make([]byte, 64<<10)
	for range 65 << 4 {
		b.Add(1000, nil, value)
	}
	batch := b.Build()
	req := kmsg.NewPtrProduceRequest()
	req.Version = 9
	req.Topics = make([]kmsg.ProduceRequestTopic, 1)
	for i := range 5 {
		req.Topics[0].Partitions = append(req.Topics[0].Partitions,
			kmsg.ProduceRequestTopicPartition{Partition: int32(i), Records: batch})
	}
	msg, err := New(Limits{}).Decode(frameOf(req, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	q := msg.(*Request)
	if need := q.Memory(); need == 0 || need > 1<<20 {
		t.Errorf("finishing %d bytes takes %d of memory", len(batch), need)
	}
	for _, p := range q.Produce.Topics[0].Partitions {
		if p.Err == kafka.None || p.Batch != nil {
			t.Fatalf("before it is finished: %v, batch of %d bytes", p.Err, len(p.Batch))
		}
	}
	pieces := 0
	q.Finish(nil, 8<<20) // and begun again with other tools
	for tools, done := any(nil), false; !done; pieces++ {
		tools, done = q.Finish(tools, 8<<20)
	}
	if pieces < 5*65/9 {
		t.Errorf("finished in %d pieces", pieces)
	}
	for _, p := range q.Produce.Topics[0].Partitions {
		if p.Err != kafka.None || p.Summary.UncompressedSize < 65<<20 || p.Summary.Count != 65<<4 {
			t.Errorf("partition %d: %v %s, %+v", p.Partition, p.Err, p.ErrText, p.Summary)
		}
	}
	if q.Memory() != 0 {
		t.Error("a finished request asks to be finished")
	}
}

// Data that does not decompress, and codecs that do not exist, end a batch for good. A retriable code would have the
// producer send it again until its delivery timeout.
func TestWhatDoesNotDecompressIsNotRetried(t *testing.T) {
	for codec := record.Gzip; codec < 8; codec++ {
		b := record.NewBuilder(record.Options{})
		b.Add(1000, nil, []byte("not compressed at all"))
		batch := b.Build()
		batch[22] |= byte(codec) // the attributes' lower byte
		binary.BigEndian.PutUint32(batch[17:], batch.ComputeCRC())
		p := decodedAgain(t, frameOf(produceOf(batch), nil), nil).Produce.Topics[0].Partitions[0]
		want := kafka.InvalidRecord
		if !codec.Known() {
			want = kafka.UnsupportedCompressionType
		}
		if p.Err != want || p.Err.Retriable() || p.Batch != nil || p.ErrText == "" {
			t.Errorf("%v: %v (retriable: %v), %q", codec, p.Err, p.Err.Retriable(), p.ErrText)
		}
	}
}

func produceOf(batch []byte) *kmsg.ProduceRequest {
	req := kmsg.NewPtrProduceRequest()
	req.Version = 9
	req.Topics = []kmsg.ProduceRequestTopic{{Partitions: []kmsg.ProduceRequestTopicPartition{{Records: batch}}}}
	return req
}
