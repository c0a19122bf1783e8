package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func fetchAll(s *side, label, topic string) {
	do[*kmsg.FetchResponse](s, label, s.freq(topic, fp{part: 0, off: 0, max: 8 << 20}))
}

func initPid(s *side) (int64, int16) {
	r := kmsg.NewPtrInitProducerIDRequest()
	r.ProducerID, r.ProducerEpoch = -1, -1
	r.TransactionTimeoutMillis = 60000
	for range 50 {
		x := s.quiet(r).(*kmsg.InitProducerIDResponse)
		if x.ErrorCode == 0 && x.ProducerID > 0 {
			s.producer(x.ProducerID)
			return x.ProducerID, x.ProducerEpoch
		}
		s.pause(50)
	}
	s.note("no pid", true)
	return -1, -1
}

var _ = conv("produce", 0, func(s *side, t string) {
	s.mk(t, 2)
	s.mk(t+"x", 1) // for what only one of the two appends
	s.put(t, 1, one("a", "b"))
	s.put(t+"x", 0, one("a", "b"))
	P := func(label string, acks int16, recs []byte) *kmsg.ProduceResponse {
		return do[*kmsg.ProduceResponse](s, label, s.preq(t, 0, acks, recs))
	}
	P("one, acks all", -1, one("k", "v"))
	P("one, acks 1", 1, one("k", "v"))
	P("acks 0", 0, one("k", "v"))
	do[*kmsg.ApiVersionsResponse](s, "after acks 0", func() kmsg.Request { return av() }())
	P("acks 2", 2, one("k", "v"))
	P("acks -2", -2, one("k", "v"))
	P("empty records", -1, []byte{})
	P("null records", -1, nil)
	P("garbage 5", -1, []byte("hello"))
	P("garbage 100", -1, bytes.Repeat([]byte("hello"), 20))
	P("batch without records", -1, B{}.bytes())
	P("wrong crc", -1, B{recs: []rec{kv("a", "b")}, crcXor: 1}.bytes())
	P("magic 1", -1, B{recs: []rec{kv("a", "b")}, magic: 1}.bytes())
	P("magic 0", -1, append(one("a", "b")[:16], append([]byte{0}, one("a", "b")[17:]...)...))
	P("magic 3", -1, B{recs: []rec{kv("a", "b")}, magic: 3}.bytes())
	P("count too large", -1, B{recs: []rec{kv("a", "b")}, count: i32(5), lastDelta: i32(4)}.bytes())
	P("count too small", -1, B{recs: []rec{kv("a", "b"), kv("c", "d")}, count: i32(1), lastDelta: i32(0)}.bytes())
	P("count negative", -1, B{recs: []rec{kv("a", "b")}, count: i32(-1)}.bytes())
	P("count and last delta differ", -1, B{recs: []rec{kv("a", "b"), kv("c", "d")}, lastDelta: i32(7)}.bytes())
	P("count huge", -1, B{recs: []rec{kv("a", "b")}, count: i32(2000000000), lastDelta: i32(1999999999)}.bytes())
	P("last delta negative", -1, B{recs: []rec{kv("a", "b")}, lastDelta: i32(-1)}.bytes())
	do[*kmsg.ProduceResponse](s, "deltas wrong", s.preq(t+"x", 0, -1,
		B{recs: []rec{kv("a", "b"), kv("c", "d")}, deltas: []int64{0, 5}}.bytes()))
	do[*kmsg.ProduceResponse](s, "deltas equal", s.preq(t+"x", 0, -1,
		B{recs: []rec{kv("a", "b"), kv("c", "d")}, deltas: []int64{0, 0}}.bytes()))
	P("length too long", -1, B{recs: []rec{kv("a", "b")}, lenAdd: 10}.bytes())
	P("length too short", -1, B{recs: []rec{kv("a", "b")}, lenAdd: -3}.bytes())
	P("length tiny", -1, B{recs: []rec{kv("a", "b")}, lenAdd: -50}.bytes())
	P("two batches", -1, append(one("a", "b"), one("c", "d")...))
	P("batch and a rest", -1, append(one("a", "b"), 1, 2, 3, 4))
	P("base offset 77", -1, B{base: 77, recs: []rec{kv("a", "b")}}.bytes())
	P("leader epoch 9", -1, B{leaderEpoch: 9, recs: []rec{kv("a", "b")}}.bytes())
	P("null key null value", -1, B{recs: []rec{{}}}.bytes())
	P("headers", -1, B{recs: []rec{{k: []byte("k"), v: []byte("v"), h: [][2]string{{"h1", "x"}, {"", ""}}}}}.bytes())
	P("gzip", -1, B{recs: []rec{kv("a", "b"), kv("c", "d")}, gzip: true}.bytes())
	P("gzip says, plain is", -1, B{recs: []rec{kv("a", "b")}, attrs: 1}.bytes())
	P("snappy garbage", -1, B{recs: []rec{kv("a", "b")}, attrs: 2, rawBody: []byte("garbage!!")}.bytes())
	P("lz4 garbage", -1, B{recs: []rec{kv("a", "b")}, attrs: 3, rawBody: []byte("garbage!!")}.bytes())
	P("zstd garbage", -1, B{recs: []rec{kv("a", "b")}, attrs: 4, rawBody: []byte("garbage!!")}.bytes())
	P("codec 5", -1, B{recs: []rec{kv("a", "b")}, attrs: 5}.bytes())
	P("codec 7", -1, B{recs: []rec{kv("a", "b")}, attrs: 7}.bytes())
	P("gzip wrong count", -1, B{recs: []rec{kv("a", "b")}, gzip: true, count: i32(3), lastDelta: i32(2)}.bytes())
	P("attr log append time", -1, B{recs: []rec{kv("a", "b")}, attrs: 8}.bytes())
	P("attr transactional, no pid", -1, B{recs: []rec{kv("a", "b")}, attrs: 16}.bytes())
	P("attr control", -1, B{recs: []rec{kv("a", "b")}, attrs: 32}.bytes())
	do[*kmsg.ProduceResponse](s, "attr delete horizon",
		s.preq(t+"x", 0, -1, B{recs: []rec{kv("a", "b")}, attrs: 64}.bytes()))
	P("attr unused bits", -1, B{recs: []rec{kv("a", "b")}, attrs: 0x4000}.bytes())
	P("raw body rest", -1, B{recs: []rec{kv("a", "b")}, rawBody: append(one("a", "b")[61:], 7, 7, 7)}.bytes())
	P("record garbage", -1, B{recs: []rec{kv("a", "b")}, rawBody: []byte{4, 9, 9}}.bytes())
	P("ts far future", -1, B{recs: []rec{kv("a", "b")}, firstTs: time.Now().UnixMilli() + 7200_000}.bytes())
	P("ts -1", -1, B{recs: []rec{kv("a", "b")}, firstTs: -1}.bytes())
	P("ts old", -1, B{recs: []rec{kv("a", "b")}, firstTs: 1}.bytes())
	P("max ts wrong", -1, B{recs: []rec{kv("a", "b")}, maxTs: i64(5)}.bytes())
	P("max ts larger", -1, B{recs: []rec{kv("a", "b")}, maxTs: i64(longAgo + 1000)}.bytes())
	do[*kmsg.ProduceResponse](s, "unknown partition", s.preq(t, 9, -1, one("k", "v")))
	do[*kmsg.ProduceResponse](s, "negative partition", s.preq(t, -1, -1, one("k", "v")))
	do[*kmsg.ProduceResponse](s, "unknown topic", s.preq(t+"-unknown", 0, -1, one("k", "v")))
	do[*kmsg.ProduceResponse](s, "invalid topic", s.preq("a b", 0, -1, one("k", "v")))
	do[*kmsg.ProduceResponse](s, "empty topic", s.preq("", 0, -1, one("k", "v")))
	do[*kmsg.ProduceResponse](s, "metadata topic", s.preq("__cluster_metadata", 0, -1, one("k", "v")))
	do[*kmsg.ProduceResponse](s, "internal topic", s.preq("__consumer_offsets", 0, -1, one("k", "v")))
	r := s.preq(t+"x", 0, -1, one("k", "v"))
	r.Topics = append(r.Topics, r.Topics[0])
	do[*kmsg.ProduceResponse](s, "topic twice", r)
	r = s.preq(t+"x", 0, -1, one("k", "v"))
	r.Topics[0].Partitions = append(r.Topics[0].Partitions, r.Topics[0].Partitions[0])
	do[*kmsg.ProduceResponse](s, "partition twice", r)
	r = s.preq(t, 0, -1, one("k", "v"))
	r.Topics[0].Partitions = append(r.Topics[0].Partitions,
		s.preq(t, 1, -1, B{recs: []rec{kv("a", "b")}, crcXor: 1}.bytes()).Topics[0].Partitions...)
	do[*kmsg.ProduceResponse](s, "one good one bad", r)
	r = kmsg.NewPtrProduceRequest()
	r.Acks = -1
	do[*kmsg.ProduceResponse](s, "no topics", r)
	r = s.preq(t, 0, -1, one("k", "v"))
	r.Topics[0].Partitions = nil
	do[*kmsg.ProduceResponse](s, "no partitions", r)
	r = s.preq(t, 0, -1, one("k", "v"))
	r.TimeoutMillis = 0
	do[*kmsg.ProduceResponse](s, "timeout 0", r)
	r = s.preq(t, 0, -1, one("k", "v"))
	r.TimeoutMillis = -1
	do[*kmsg.ProduceResponse](s, "timeout -1", r)
	r = s.preq(t+"x", 0, -1, one("k", "v"))
	r.TransactionID = sp("tx")
	do[*kmsg.ProduceResponse](s, "transactional id, plain batch", r)
	P("too large", -1, B{recs: []rec{{k: []byte("k"), v: bytes.Repeat([]byte("x"), 1048600)}}}.bytes())
	P("largest", -1, B{recs: []rec{{k: []byte("k"), v: bytes.Repeat([]byte("x"), 1048588-61-14)}}}.bytes()[:])
	fetchAll(s, "all that is there", t)
})

var _ = conv("produce-topics", 0, func(s *side, t string) {
	s.mk(t+"c", 1, "cleanup.policy", "compact")
	s.mk(t+"l", 1, "message.timestamp.type", "LogAppendTime")
	s.mk(t+"b", 1, "message.timestamp.before.max.ms", "1000", "message.timestamp.after.max.ms", "1000")
	s.mk(t+"s", 1, "max.message.bytes", "200")
	s.mk(t+"g", 1, "compression.type", "gzip")
	s.mk(t+"u", 1, "compression.type", "uncompressed")
	s.mk(t+"i", 1, "min.insync.replicas", "2")
	for _, x := range []string{"c", "l", "b", "s", "g", "u"} {
		s.put(t+x, 0, B{recs: []rec{kv("warm", "up")}, firstTs: time.Now().UnixMilli()}.bytes())
	}
	P := func(label, x string, acks int16, b B) {
		do[*kmsg.ProduceResponse](s, label, s.preq(t+x, 0, acks, b.bytes()))
	}
	P("compacted, key", "c", -1, B{recs: []rec{kv("k", "v")}})
	P("compacted, no key", "c", -1, B{recs: []rec{{v: []byte("v")}}})
	P("compacted, second without key", "c", -1, B{recs: []rec{kv("k", "v"), {v: []byte("v")}, {v: []byte("w")}}})
	P("compacted, gzip without key", "c", -1, B{gzip: true, recs: []rec{kv("k", "v"), {v: []byte("v")}}})
	P("append time", "l", -1, B{recs: []rec{kv("k", "v"), kv("k2", "v2")}})
	P("append time, attr set", "l", -1, B{attrs: 8, recs: []rec{kv("k", "v"), kv("k2", "v2")}})
	P("append time, gzip", "l", -1, B{gzip: true, recs: []rec{kv("k", "v"), kv("k2", "v2")}})
	P("append time, ts future", "l", -1, B{recs: []rec{kv("k", "v")}, firstTs: longAgo + 99999999})
	P("too old", "b", -1, B{recs: []rec{kv("k", "v"), kv("x", "y")}})
	P("too new", "b", -1, B{recs: []rec{kv("k", "v")}, firstTs: time.Now().UnixMilli() + 60000})
	P("second too new", "b", -1, B{recs: []rec{kv("k", "v"), {k: []byte("a"), ts: 60000}},
		firstTs: time.Now().UnixMilli()})
	P("no ts", "b", -1, B{recs: []rec{kv("k", "v")}, firstTs: -1})
	P("small ok", "s", -1, B{recs: []rec{kv("k", strings.Repeat("x", 100))}})
	P("exactly 200", "s", -1, B{recs: []rec{kv("k", strings.Repeat("x", 200-61-9))}})
	P("201", "s", -1, B{recs: []rec{kv("k", strings.Repeat("x", 201-61-9))}})
	P("large compresses well", "s", -1, B{gzip: true, recs: []rec{kv("k", strings.Repeat("x", 2000))}})
	P("gzip topic, plain", "g", -1, B{recs: []rec{kv("k", strings.Repeat("x", 200))}})
	P("gzip topic, gzip", "g", -1, B{gzip: true, recs: []rec{kv("k", strings.Repeat("x", 200))}})
	P("uncompressed topic, gzip", "u", -1, B{gzip: true, recs: []rec{kv("k", strings.Repeat("x", 200)), kv("y", "z")}})
	P("min isr, all", "i", -1, B{recs: []rec{kv("k", "v")}})
	P("min isr, 1", "i", 1, B{recs: []rec{kv("k", "v")}})
	for _, x := range []string{"c", "l", "b", "s", "u", "i"} {
		fetchAll(s, "see "+x, t+x)
	}
})

var _ = conv("idempotent", 0, func(s *side, t string) {
	s.mk(t, 2)
	s.put(t, 0, one("warm", "up"))
	s.put(t, 1, one("warm", "up"))
	pid, ep := initPid(s)
	P := func(label string, part int32, epoch int16, seq int32, n int) {
		var rs []rec
		for i := range n {
			rs = append(rs, kv("k", fmt.Sprint(seq, "-", i)))
		}
		do[*kmsg.ProduceResponse](s, label, s.preq(t, part, -1,
			B{recs: rs, pid: pid, pepoch: epoch, seq: seq, noPid: true}.bytes()))
	}
	P("seq 0", 0, ep, 0, 1)
	P("seq 0 again", 0, ep, 0, 1)
	P("seq 1", 0, ep, 1, 2)
	P("seq 5, gap", 0, ep, 5, 1)
	P("seq 3", 0, ep, 3, 1)
	P("seq 1 again", 0, ep, 1, 2)
	P("seq 1 again, other count", 0, ep, 1, 1)
	P("seq 0 again, old", 0, ep, 0, 1)
	for i := int32(4); i < 10; i++ {
		P(fmt.Sprint("seq ", i), 0, ep, i, 1)
	}
	P("seq 0 again, gone", 0, ep, 0, 1)
	P("seq 3 again", 0, ep, 3, 1)
	P("seq 5 again", 0, ep, 5, 1)
	P("seq 6 again", 0, ep, 6, 1)
	P("epoch 1 seq 5", 0, ep+1, 5, 1)
	P("epoch 1 seq 0", 0, ep+1, 0, 1)
	P("old epoch", 0, ep, 10, 1)
	P("partition 1 starts at 5", 1, ep, 5, 1)
	P("partition 1 goes on at 6", 1, ep, 6, 1)
	P("partition 1 at 9", 1, ep, 9, 1)
	P("negative seq", 1, ep, -1, 1)
	P("seq max", 1, ep, 2147483647, 1)
	P("negative epoch", 1, -1, 7, 1)
	do[*kmsg.ProduceResponse](s, "unknown pid, seq 7",
		s.preq(t, 0, -1, B{recs: []rec{kv("a", "b")}, pid: 999999, pepoch: 0, seq: 7}.bytes()))
	do[*kmsg.ProduceResponse](s, "unknown pid, seq 0, epoch 5",
		s.preq(t, 0, -1, B{recs: []rec{kv("a", "b")}, pid: 999998, pepoch: 5, seq: 0}.bytes()))
	do[*kmsg.ProduceResponse](s, "two batches with pid",
		s.preq(t, 0, -1, append(B{recs: []rec{kv("a", "b")}, pid: pid, pepoch: ep + 1, seq: 1}.bytes(),
			B{recs: []rec{kv("a", "b")}, pid: pid, pepoch: ep + 1, seq: 2}.bytes()...)))
	do[*kmsg.ProduceResponse](s, "transactional with pid",
		s.preq(t, 0, -1, B{recs: []rec{kv("a", "b")}, pid: pid, pepoch: ep + 1, seq: 1, attrs: 16}.bytes()))
	r := kmsg.NewPtrDescribeProducersRequest()
	x := kmsg.NewDescribeProducersRequestTopic()
	x.Topic, x.Partitions = t, []int32{0, 1, 9}
	r.Topics = append(r.Topics, x)
	do[*kmsg.DescribeProducersResponse](s, "producers", r)
	fetchAll(s, "see", t)
})

var _ = conv("describeproducers", 61, func(s *side, t string) {
	s.mk(t, 1)
	s.put(t, 0, one("warm", "up"))
	pid, ep := initPid(s)
	s.put(t, 0, B{recs: []rec{kv("a", "b")}, pid: pid, pepoch: ep, seq: 0, noPid: true}.bytes())
	for _, y := range []struct {
		n string
		p []int32
	}{{t, []int32{0}}, {t, []int32{0, 0}}, {t, []int32{}}, {t, []int32{-1, 5}}, {t + "u", []int32{0}}, {"", []int32{0}},
		{"a b", []int32{0}}} {
		r := kmsg.NewPtrDescribeProducersRequest()
		x := kmsg.NewDescribeProducersRequestTopic()
		x.Topic, x.Partitions = y.n, y.p
		r.Topics = append(r.Topics, x)
		do[*kmsg.DescribeProducersResponse](s, fmt.Sprint(strings.TrimPrefix(y.n, t), y.p), r)
	}
	do[*kmsg.DescribeProducersResponse](s, "empty", kmsg.NewPtrDescribeProducersRequest())
})

var _ = conv("initproducerid", 22, func(s *side, t string) {
	I := func(label string, tx *string, timeout int32, pid int64, ep int16) {
		r := kmsg.NewPtrInitProducerIDRequest()
		r.TransactionalID, r.TransactionTimeoutMillis, r.ProducerID, r.ProducerEpoch = tx, timeout, pid, ep
		do[*kmsg.InitProducerIDResponse](s, label, r)
	}
	I("plain", nil, 60000, -1, -1)
	I("again", nil, 60000, -1, -1)
	I("timeout 0", nil, 0, -1, -1)
	I("timeout -1", nil, -1, -1, -1)
	I("timeout max", nil, 2147483647, -1, -1)
	I("with pid", nil, 60000, 5, 0)
	I("with pid, no epoch", nil, 60000, 5, -1)
	I("with epoch, no pid", nil, 60000, -1, 3)
	I("with pid -2", nil, 60000, -2, -2)
	I("empty tx", sp(""), 60000, -1, -1)
})

var _ = conv("fetch", 1, func(s *side, t string) {
	s.mk(t, 3)
	for range 3 {
		s.put(t, 0, some(5))
	}
	s.put(t, 1, one("x", "y"))
	if s.version(1) >= 13 {
	}
	F := func(label string, r *kmsg.FetchRequest) *kmsg.FetchResponse {
		return do[*kmsg.FetchResponse](s, label, r)
	}
	F("from 0", s.freq(t, fp{off: 0}))
	F("from 3 (within a batch)", s.freq(t, fp{off: 3}))
	F("from 5", s.freq(t, fp{off: 5}))
	F("from the end", s.freq(t, fp{off: 15}))
	F("beyond the end", s.freq(t, fp{off: 16}))
	F("far beyond", s.freq(t, fp{off: 1 << 60}))
	F("-1", s.freq(t, fp{off: -1}))
	F("-2", s.freq(t, fp{off: -2}))
	F("-5", s.freq(t, fp{off: -5}))
	F("unknown partition", s.freq(t, fp{part: 9}))
	F("negative partition", s.freq(t, fp{part: -1}))
	F("unknown topic", s.freq(t+"u", fp{}))
	F("invalid topic", s.freq("a b", fp{}))
	r := s.freq(t, fp{})
	r.Topics[0].Topic, r.Topics[0].TopicID = "", [16]byte{}
	F("empty topic, zero id", r)
	r = s.freq(t, fp{})
	r.Topics[0].TopicID = [16]byte{5, 5}
	r.Topics[0].Topic = t + "uu"
	F("unknown id", r)
	F("metadata topic", s.freq("__cluster_metadata", fp{}))
	F("two partitions", s.freq(t, fp{}, fp{part: 1}))
	F("three, one unknown", s.freq(t, fp{}, fp{part: 7}, fp{part: 2}))
	F("twice the same", s.freq(t, fp{}, fp{off: 5}))
	F("partition max 0", s.freq(t, fp{max: -99}))
	F("partition max 1", s.freq(t, fp{max: 1}))
	F("partition max 1, second batch", s.freq(t, fp{max: 1, off: 5}))
	F("partition max 150", s.freq(t, fp{max: 150}))
	F("partition max -1", s.freq(t, fp{max: -1}))
	F("two partitions max 1", s.freq(t, fp{max: 1}, fp{part: 1, max: 1}))
	r = s.freq(t, fp{}, fp{part: 1})
	r.MaxBytes = 1
	F("max bytes 1", r)
	r = s.freq(t, fp{}, fp{part: 1})
	r.MaxBytes = 0
	F("max bytes 0", r)
	r = s.freq(t, fp{}, fp{part: 1})
	r.MaxBytes = -1
	F("max bytes -1", r)
	r = s.freq(t, fp{}, fp{part: 1})
	r.MaxBytes = 130
	F("max bytes 130", r)
	r = s.freq(t, fp{off: 15})
	r.MaxWaitMillis = 0
	F("max wait 0", r)
	r = s.freq(t, fp{off: 15})
	r.MaxWaitMillis = -1
	F("max wait -1", r)
	r = s.freq(t, fp{off: 15})
	r.MinBytes = 0
	r.MaxWaitMillis = 2000
	F("min bytes 0", r)
	r = s.freq(t, fp{off: 15})
	r.MinBytes = -1
	r.MaxWaitMillis = 2000
	F("min bytes -1", r)
	r = s.freq(t, fp{off: 0})
	r.MinBytes = 1 << 20
	r.MaxWaitMillis = 500
	F("min bytes large", r)
	r = s.freq(t, fp{off: 16}, fp{part: 1})
	r.MinBytes = 1 << 20
	r.MaxWaitMillis = 3000
	F("an error does not wait", r)
	r = s.freq(t, fp{off: 0})
	r.IsolationLevel = 1
	F("read committed", r)
	r = s.freq(t, fp{off: 16})
	r.IsolationLevel = 1
	F("read committed, beyond", r)
	r = s.freq(t, fp{off: 0})
	r.IsolationLevel = 2
	F("isolation 2", r)
	r = s.freq(t, fp{off: 0})
	r.IsolationLevel = -1
	F("isolation -1", r)
	F("leader epoch 0", s.freq(t, fp{epoch: 100}))
	F("leader epoch 1", s.freq(t, fp{epoch: 1}))
	F("leader epoch -2", s.freq(t, fp{epoch: -2}))
	F("last fetched epoch 1", s.freq(t, fp{off: 5, last: 1}))
	F("last fetched epoch 5", s.freq(t, fp{off: 5, last: 5}))
	F("last fetched epoch -2", s.freq(t, fp{off: 5, last: -2}))
	for _, rep := range []int32{-2, -3, 1, 2, 99} {
		r = s.freq(t, fp{})
		r.ReplicaID = rep
		r.ReplicaState.ID = rep
		F(fmt.Sprint("replica ", rep), r)
	}
	r = s.freq(t, fp{})
	r.Rack = "r1"
	F("rack", r)
	r = s.freq(t, fp{})
	r.Topics = nil
	F("no topics", r)
	r = s.freq(t, fp{})
	r.Topics[0].Partitions = nil
	F("no partitions", r)
	r = s.freq(t, fp{})
	r.ClusterID = sp("nope")
	F("other cluster", r)
})

var _ = conv("fetch-session", 1, func(s *side, t string) {
	if s.version(1) < 7 {
		return
	}
	s.mk(t, 3)
	s.put(t, 0, some(5))
	s.put(t, 1, some(2))
	s.put(t, 2, some(1))
	F := func(label string, id, epoch int32, r *kmsg.FetchRequest) *kmsg.FetchResponse {
		r.SessionID, r.SessionEpoch = id, epoch
		x := do[*kmsg.FetchResponse](s, label, r)
		s.note("session id zero: "+label, x.SessionID == 0)
		return x
	}
	none := func() *kmsg.FetchRequest { r := s.freq(t); r.Topics = nil; return r }
	F("unknown session", 12345, 1, s.freq(t, fp{}))
	F("unknown session, epoch 0", 12345, 0, s.freq(t, fp{}))
	F("unknown session, epoch -1", 12345, -1, s.freq(t, fp{}))
	F("session 0, epoch 5", 0, 5, s.freq(t, fp{}))
	F("session 0, epoch -2", 0, -2, s.freq(t, fp{}))
	F("new session without topics", 0, 0, none())
	a := F("new session", 0, 0, s.freq(t, fp{}, fp{part: 1}))
	F("goes on, nothing new", a.SessionID, 1, none())
	F("goes on, epoch 1 again", a.SessionID, 1, none())
	F("goes on, epoch 9", a.SessionID, 9, none())
	F("goes on, epoch -5", a.SessionID, -5, none())
	F("goes on, epoch 2", a.SessionID, 2, s.freq(t, fp{off: 5}, fp{part: 1, off: 2}))
	r := none()
	r.MaxWaitMillis = 300
	F("empty increment waits", a.SessionID, 3, r)
	s.put(t, 0, some(1))
	F("new data of 0", a.SessionID, 4, none())
	F("and add 2", a.SessionID, 5, s.freq(t, fp{off: 6}, fp{part: 2}))
	r = none()
	f := kmsg.NewFetchRequestForgottenTopic()
	f.Topic, f.TopicID, f.Partitions = t, s.id(t), []int32{0}
	r.ForgottenTopics = append(r.ForgottenTopics, f)
	F("forget 0", a.SessionID, 6, r)
	s.put(t, 0, some(1))
	F("forgotten", a.SessionID, 7, none())
	r = none()
	f.Partitions = []int32{9}
	f.Topic = t + "u"
	f.TopicID = [16]byte{1}
	r.ForgottenTopics = append(r.ForgottenTopics, f)
	F("forget unknown", a.SessionID, 8, r)
	F("unknown partition", a.SessionID, 9, s.freq(t, fp{part: 7}))
	F("unknown partition stays", a.SessionID, 10, none())
	F("unknown topic", a.SessionID, 11, s.freq(t+"u", fp{part: 0}))
	F("unknown topic stays", a.SessionID, 12, none())
	F("out of range", a.SessionID, 13, s.freq(t, fp{part: 2, off: 100}))
	F("out of range stays", a.SessionID, 14, none())
	F("close with fetch", a.SessionID, -1, s.freq(t, fp{}))
	F("closed", a.SessionID, 15, none())
	b := F("new with an error", 0, 0, s.freq(t, fp{part: 9}))
	F("goes on", b.SessionID, 1, none())
	F("replaced", b.SessionID, 0, s.freq(t, fp{}))
	F("the replaced is gone", b.SessionID, 1, none())
})

var _ = conv("listoffsets", 2, func(s *side, t string) {
	s.mk(t, 2)
	s.mk(t+"l", 1, "message.timestamp.type", "LogAppendTime")
	s.put(t, 0, B{recs: []rec{{k: []byte("a"), ts: 0}, {k: []byte("b"), ts: 100}, {k: []byte("c"), ts: 50}}}.bytes())
	s.put(t, 0, B{recs: []rec{{k: []byte("d"), ts: 0}, {k: []byte("e"), ts: 0}}, firstTs: longAgo + 1000}.bytes())
	s.put(t, 0, B{gzip: true, recs: []rec{{k: []byte("f"), ts: 0}, {k: []byte("g"), ts: 10}},
		firstTs: longAgo + 500}.bytes())
	s.put(t+"l", 0, some(3))
	L := func(label, topic string, part, epoch, rep int32, iso int8, tss ...int64) {
		r := kmsg.NewPtrListOffsetsRequest()
		r.ReplicaID, r.IsolationLevel = rep, iso
		r.TimeoutMillis = 1000
		x := kmsg.NewListOffsetsRequestTopic()
		x.Topic = topic
		for _, ts := range tss {
			p := kmsg.NewListOffsetsRequestTopicPartition()
			p.Partition, p.CurrentLeaderEpoch, p.Timestamp, p.MaxNumOffsets = part, epoch, ts, 1
			x.Partitions = append(x.Partitions, p)
		}
		r.Topics = append(r.Topics, x)
		do[*kmsg.ListOffsetsResponse](s, label, r)
	}
	for _, ts := range []int64{-1, -2, -3, -4, -5, -6, -7, -100, 0, 1} {
		L(fmt.Sprint("ts ", ts), t, 0, -1, -1, 0, ts)
		L(fmt.Sprint("empty partition, ts ", ts), t, 1, -1, -1, 0, ts)
	}
	for _, d := range []int64{-1, 0, 1, 50, 51, 100, 101, 500, 505, 510, 511, 999, 1000, 1001, 1 << 40} {
		L(fmt.Sprint("longAgo+", d), t, 0, -1, -1, 0, longAgo+d)
	}
	for _, ts := range []int64{-1, -2, -3, 5} {
		L(fmt.Sprint("committed, ts ", ts), t, 0, -1, -1, 1, ts)
		L(fmt.Sprint("append time, ts ", ts), t+"l", 0, -1, -1, 0, ts)
		L(fmt.Sprint("replica 1, ts ", ts), t, 0, -1, 1, 0, ts)
		L(fmt.Sprint("replica 99, ts ", ts), t, 0, -1, 99, 0, ts)
		L(fmt.Sprint("replica -2, ts ", ts), t, 0, -1, -2, 0, ts)
		L(fmt.Sprint("epoch 0, ts ", ts), t, 0, 0, -1, 0, ts)
		L(fmt.Sprint("epoch 1, ts ", ts), t, 0, 1, -1, 0, ts)
		L(fmt.Sprint("epoch -2, ts ", ts), t, 0, -2, -1, 0, ts)
	}
	L("isolation 2", t, 0, -1, -1, 2, -1)
	L("unknown partition", t, 9, -1, -1, 0, -1)
	L("negative partition", t, -1, -1, -1, 0, -1)
	L("unknown topic", t+"u", 0, -1, -1, 0, -1)
	L("invalid topic", "a b", 0, -1, -1, 0, -1)
	L("twice", t, 0, -1, -1, 0, -1, -2)
	L("twice the same", t, 0, -1, -1, 0, -1, -1)
	L("metadata", "__cluster_metadata", 0, -1, -1, 0, -1)
	L("no partitions", t, 0, -1, -1, 0)
	do[*kmsg.ListOffsetsResponse](s, "empty", kmsg.NewPtrListOffsetsRequest())
})

var _ = conv("offsetforleaderepoch", 23, func(s *side, t string) {
	s.mk(t, 2)
	s.put(t, 0, some(5))
	E := func(label, topic string, part, cur, ep, rep int32) {
		r := kmsg.NewPtrOffsetForLeaderEpochRequest()
		r.ReplicaID = rep
		x := kmsg.NewOffsetForLeaderEpochRequestTopic()
		x.Topic = topic
		p := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
		p.Partition, p.CurrentLeaderEpoch, p.LeaderEpoch = part, cur, ep
		x.Partitions = append(x.Partitions, p)
		r.Topics = append(r.Topics, x)
		do[*kmsg.OffsetForLeaderEpochResponse](s, label, r)
	}
	for _, rep := range []int32{-1, -2, 1, 2} {
		for _, cur := range []int32{-1, 0, 1, -2} {
			for _, ep := range []int32{-1, 0, 1, 7, -2} {
				E(fmt.Sprint("replica ", rep, " current ", cur, " epoch ", ep), t, 0, cur, ep, rep)
			}
		}
	}
	E("empty partition", t, 1, -1, 0, -1)
	E("unknown partition", t, 9, -1, 0, -1)
	E("negative partition", t, -1, -1, 0, -1)
	E("unknown topic", t+"u", 0, -1, 0, -1)
	E("invalid topic", "a b", 0, -1, 0, -1)
	do[*kmsg.OffsetForLeaderEpochResponse](s, "empty", kmsg.NewPtrOffsetForLeaderEpochRequest())
})

var _ = conv("produce-old", -1, func(s *side, t string) {
	s.mk(t, 1)
	for v := int16(0); v < 3; v++ {
		r := s.preq(t, 0, 1, one("a", "b"))
		r.SetVersion(v)
		s.raw(fmt.Sprint("produce v", v), frame(r, 9, "c")[4:], true)
	}
	_ = binary.BigEndian
})
