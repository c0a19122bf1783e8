package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// firstOffset asks for the earliest offset without recording it.
func (s *side) offsetAt(topic string, ts int64) int64 {
	r := kmsg.NewPtrListOffsetsRequest()
	r.ReplicaID = -1
	x := kmsg.NewListOffsetsRequestTopic()
	x.Topic = topic
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.CurrentLeaderEpoch, p.Timestamp = -1, ts
	x.Partitions = append(x.Partitions, p)
	r.Topics = append(r.Topics, x)
	y := s.quiet(r).(*kmsg.ListOffsetsResponse)
	if len(y.Topics) == 0 || len(y.Topics[0].Partitions) == 0 {
		return -99
	}
	return y.Topics[0].Partitions[0].Offset
}

// until waits for the earliest offset to stand still for a while and reports how it went.
func (s *side) until(topic string, total, still time.Duration) int64 {
	last, since := int64(-100), time.Now()
	end := time.Now().Add(total)
	for time.Now().Before(end) {
		o := s.offsetAt(topic, -2)
		if o != last {
			last, since = o, time.Now()
		}
		if last > 0 && time.Since(since) > still {
			break
		}
		s.pause(200)
	}
	return last
}

func (s *side) everything(topic string) any {
	var out []any
	off := s.offsetAt(topic, -2)
	end := s.offsetAt(topic, -1)
	for off < end {
		r := s.quiet(s.freq(topic, fp{off: off, max: 8 << 20})).(*kmsg.FetchResponse)
		if len(r.Topics) == 0 || len(r.Topics[0].Partitions[0].RecordBatches) == 0 {
			out = append(out, fmt.Sprint("stuck at ", off))
			break
		}
		bs, _ := s.batches(r.Topics[0].Partitions[0].RecordBatches).([]any)
		out = append(out, bs...)
		m, ok := bs[len(bs)-1].(map[string]any)
		if !ok {
			break
		}
		next := m["base"].(int64) + int64(m["lastDelta"].(int32)) + 1
		if next <= off {
			break
		}
		off = next
	}
	return out
}

func big(n int, ts int64) []byte {
	return B{recs: []rec{{k: []byte("k"), v: bytes.Repeat([]byte("x"), n)}}, firstTs: ts}.bytes()
}

// now is when the conversations begin.
var now = time.Now().UnixMilli()
var _ = conv("time-retention", -1, func(s *side, t string) {
	// by time: old records of several segments, all of them expired
	s.mk(t+"ms", 1, "retention.ms", "60000", "segment.bytes", "1048576")
	for range 5 {
		s.put(t+"ms", 0, big(500000, longAgo))
	}
	s.note("all expired: earliest", s.until(t+"ms", 15*time.Second, 3*time.Second))
	s.note("all expired: latest", s.offsetAt(t+"ms", -1))
	s.put(t+"ms", 0, big(100, now))
	s.note("after one more", []int64{s.offsetAt(t+"ms", -2), s.offsetAt(t+"ms", -1), s.offsetAt(t+"ms", -3),
		s.offsetAt(t+"ms", now)})
})

var _ = conv("time-retention-part", -1, func(s *side, t string) {
	// an old and a new record in one segment stay
	s.mk(t, 1, "retention.ms", "60000", "segment.bytes", "1048576")
	for i := range 6 {
		ts := longAgo
		if i >= 3 {
			ts = now
		}
		s.put(t, 0, big(400000, ts))
	}
	s.note("part expired: earliest", s.until(t, 15*time.Second, 3*time.Second))
	s.note("latest", s.offsetAt(t, -1))
	do[*kmsg.FetchResponse](s, "fetch at 0", s.freq(t, fp{off: 0}))
})

var _ = conv("time-retention-bytes", -1, func(s *side, t string) {
	s.mk(t, 1, "retention.bytes", "2500000", "segment.bytes", "1048576", "retention.ms", "-1")
	for range 12 {
		s.put(t, 0, big(500000, longAgo))
	}
	s.note("by bytes: earliest", s.until(t, 15*time.Second, 3*time.Second))
	s.note("latest", s.offsetAt(t, -1))
})

var _ = conv("time-retention-future", -1, func(s *side, t string) {
	// a record of the future holds its segment
	s.mk(t, 1, "retention.ms", "60000", "segment.bytes", "1048576", "message.timestamp.after.max.ms",
		"9223372036854775807")
	s.put(t, 0, big(600000, now+10*86400_000))
	s.put(t, 0, big(600000, longAgo))
	s.put(t, 0, big(600000, longAgo))
	s.put(t, 0, big(600000, longAgo))
	s.pause(6000)
	s.note("earliest", s.offsetAt(t, -2))
})

var _ = conv("time-retention-zero", -1, func(s *side, t string) {
	s.mk(t, 1, "retention.ms", "0")
	s.put(t, 0, big(100, now))
	s.note("earliest", s.until(t, 8*time.Second, 2*time.Second))
	s.mk(t+"b", 1, "retention.bytes", "0")
	s.put(t+"b", 0, big(100, now))
	s.note("earliest, bytes 0", s.until(t+"b", 8*time.Second, 2*time.Second))
})

func compact(s *side, t string, cfg ...string) {
	s.mk(t, 1, append([]string{"cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01", "segment.ms", "1000",
		"delete.retention.ms", "86400000"}, cfg...)...)
}

func roll(s *side, t string) {
	s.pause(1300)
	s.put(t, 0, B{recs: []rec{kv("roll", "roll")}, firstTs: now}.bytes())
}

var _ = conv("time-compact", -1, func(s *side, t string) {
	compact(s, t)
	for i := range 6 {
		s.put(t, 0, B{recs: []rec{kv("a", fmt.Sprint(i)), kv(fmt.Sprint("b", i%2), fmt.Sprint("x", i)),
			kv(fmt.Sprint("c", i), "once"), kv("a", fmt.Sprint(i, "again"))}, firstTs: longAgo + int64(i)}.bytes())
	}
	s.put(t, 0, B{recs: []rec{{k: []byte("c3")}, kv("d", "e"), {k: []byte("never")}}, firstTs: longAgo + 50}.bytes())
	s.put(t, 0, B{gzip: true, recs: []rec{kv("g1", "1"), kv("g2", "2"), kv("g1", "3")}, firstTs: longAgo + 60}.bytes())
	roll(s, t)
	s.pause(9000)
	s.note("compacted", s.everything(t))
	s.note("offsets", []int64{s.offsetAt(t, -2), s.offsetAt(t, -1), s.offsetAt(t, longAgo+3), s.offsetAt(t, -3)})
	do[*kmsg.FetchResponse](s, "fetch in a hole", s.freq(t, fp{off: 1}))
})

var _ = conv("time-compact-twice", -1, func(s *side, t string) {
	compact(s, t)
	for i := range 4 {
		s.put(t, 0, B{recs: []rec{kv("a", fmt.Sprint(i)), kv("b", "x")}, firstTs: longAgo + int64(i)}.bytes())
	}
	roll(s, t)
	s.pause(5000)
	for i := range 4 {
		s.put(t, 0, B{recs: []rec{kv("a", fmt.Sprint(i)), kv("c", "x"), {k: []byte("b")}},
			firstTs: longAgo + 100 + int64(i)}.bytes())
	}
	roll(s, t)
	s.pause(6000)
	s.note("compacted", s.everything(t))
})

var _ = conv("time-compact-tombstones", -1, func(s *side, t string) {
	compact(s, t, "delete.retention.ms", "1000")
	s.put(t, 0, B{recs: []rec{kv("a", "1"), kv("b", "1"), {k: []byte("a")}}, firstTs: longAgo}.bytes())
	roll(s, t)
	s.pause(5000)
	s.put(t, 0, one("z", "1"))
	roll(s, t)
	s.pause(6000)
	s.put(t, 0, one("y", "1"))
	roll(s, t)
	s.pause(6000)
	s.note("compacted", s.everything(t))
})

var _ = conv("time-compact-idempotent", -1, func(s *side, t string) {
	compact(s, t)
	r := kmsg.NewPtrInitProducerIDRequest()
	r.ProducerID, r.ProducerEpoch = -1, -1
	var pid int64 = -1
	for range 50 {
		x := s.quiet(r).(*kmsg.InitProducerIDResponse)
		if x.ErrorCode == 0 && x.ProducerID > 0 {
			pid = x.ProducerID
			break
		}
		s.pause(50)
	}
	s.producer(pid)
	for i := range 4 {
		s.put(t, 0, B{recs: []rec{kv("a", fmt.Sprint(i)), kv("b", fmt.Sprint(i))}, firstTs: longAgo + int64(i), pid: pid,
			pepoch: 0, seq: int32(2 * i), noPid: true}.bytes())
	}
	s.put(t, 0, B{recs: []rec{kv("a", "last"), kv("b", "last")}, firstTs: longAgo + 9}.bytes())
	roll(s, t)
	s.pause(7000)
	s.note("compacted", s.everything(t))
	s.put(t, 0, B{recs: []rec{kv("a", "more")}, firstTs: longAgo + 10, pid: pid, pepoch: 0, seq: 8, noPid: true}.bytes())
})

var _ = conv("time-compact-delete", -1, func(s *side, t string) {
	compact(s, t, "cleanup.policy", "compact,delete", "retention.ms", "60000")
	s.put(t, 0, B{recs: []rec{kv("a", "1"), kv("b", "1"), kv("a", "2")}, firstTs: longAgo}.bytes())
	s.pause(1300)
	s.put(t, 0, B{recs: []rec{kv("b", "new"), kv("c", "new")}, firstTs: now}.bytes())
	roll(s, t)
	s.pause(7000)
	s.note("left", s.everything(t))
	s.note("earliest", s.offsetAt(t, -2))
})

var _ = conv("time-appendtime", -1, func(s *side, t string) {
	s.mk(t, 1, "message.timestamp.type", "LogAppendTime")
	s.put(t, 0, B{recs: []rec{{k: []byte("a"), ts: 0}, {k: []byte("b"), ts: 500}}, firstTs: longAgo}.bytes())
	a := s.offsetAt(t, longAgo)
	s.pause(50)
	mid := time.Now().UnixMilli()
	s.pause(50)
	s.put(t, 0, B{gzip: true, recs: []rec{{k: []byte("c"), ts: 0}, {k: []byte("d"), ts: 500}},
		firstTs: longAgo + 7200_000}.bytes())
	s.note("by time", []int64{a, s.offsetAt(t, mid), s.offsetAt(t, time.Now().UnixMilli()+1000), s.offsetAt(t, -3)})
	s.note("all", s.everything(t))
})

var _ = conv("time-initial-delay", -1, func(s *side, t string) {
	// the default of 3 s: how long the first join of a new group takes
	s.warm()
	s.patience = 12 * time.Second
	a := do[JR](s, "no id", join(t, "", nil, "consumer", "range"))
	r := join(t, a.MemberID, nil, "consumer", "range")
	r.RebalanceTimeoutMillis = 60000
	do[JR](s, "first join", r)
	s.note("took about 3 s", func() bool {
		d := s.out[len(s.out)-1].took
		return d > 2800*time.Millisecond && d < 3500*time.Millisecond
	}())
	// another group: a second member within the delay extends it
	b := do[JR](s, "no id 2", join(t+"2", "", nil, "consumer", "range"))
	r = join(t+"2", b.MemberID, nil, "consumer", "range")
	r.RebalanceTimeoutMillis = 60000
	p := s.start("p", "first of two", r)
	s.pause(2000)
	c := do[JR](s, "no id 3", join(t+"2", "", nil, "consumer", "range"))
	r = join(t+"2", c.MemberID, nil, "consumer", "range")
	r.RebalanceTimeoutMillis = 60000
	q := s.start("q", "second of two", r)
	q.end()
	p.end()
	d := p.out.took
	s.note("first of two took about 6 s", d > 5500*time.Millisecond && d < 6800*time.Millisecond)
})

var _ = conv("elr-config", -1, func(s *side, t string) {
	I := func(label, name, cfg string, op int, val string) {
		r := kmsg.NewPtrIncrementalAlterConfigsRequest()
		r.ValidateOnly = true
		x := kmsg.NewIncrementalAlterConfigsRequestResource()
		x.ResourceType, x.ResourceName = 4, name
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op = cfg, kmsg.IncrementalAlterConfigOp(op)
		if val != "" {
			c.Value = sp(val)
		}
		x.Configs = append(x.Configs, c)
		r.Resources = append(r.Resources, x)
		do[*kmsg.IncrementalAlterConfigsResponse](s, label, r)
	}
	I("set cluster", "", "min.insync.replicas", 0, "1")
	I("set cluster 2", "", "min.insync.replicas", 0, "2")
	I("delete cluster", "", "min.insync.replicas", 1, "")
	I("set broker", "1", "min.insync.replicas", 0, "1")
	I("delete broker", "1", "min.insync.replicas", 1, "")
})
