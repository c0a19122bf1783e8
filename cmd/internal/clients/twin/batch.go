package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// longAgo is the time of records, half an hour ago: old enough to differ from the present.
var longAgo = time.Now().UnixMilli()/1000*1000 - 30*60*1000

func sp(s string) *string { return &s }

type rec struct {
	k, v   []byte
	ts     int64
	h      [][2]string
	nilKey bool
}

func vi(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// B describes a batch.
type B struct {
	base        int64
	recs        []rec
	attrs       int16
	pid         int64
	pepoch      int16
	seq         int32
	magic       byte
	leaderEpoch int32
	count       *int32
	lastDelta   *int32
	crcXor      uint32
	firstTs     int64
	maxTs       *int64
	deltas      []int64
	lenAdd      int32
	gzip        bool
	rawBody     []byte // instead of records
	noPid       bool
	nullKey     bool
}

func i32(n int32) *int32 { return &n }
func i64(n int64) *int64 { return &n }

func kv(k, v string) rec { return rec{k: []byte(k), v: []byte(v)} }

// bytes encodes the batch, with all that is wrong about it.
func (x B) bytes() []byte {
	x = x.filled()
	body, maxTs := x.body()
	if x.gzip {
		body = gzipped(body)
		x.attrs |= 1
	}
	n, last := int32(len(x.recs)), int32(len(x.recs))-1
	orElse(&maxTs, x.maxTs)
	orElse(&n, x.count)
	orElse(&last, x.lastDelta)
	at := binary.BigEndian
	t := at.AppendUint16(nil, uint16(x.attrs)) // what the checksum is about
	t = at.AppendUint32(t, uint32(last))
	t = at.AppendUint64(t, uint64(x.firstTs))
	t = at.AppendUint64(t, uint64(maxTs))
	t = at.AppendUint64(t, uint64(x.pid))
	t = at.AppendUint16(t, uint16(x.pepoch))
	t = at.AppendUint32(t, uint32(x.seq))
	t = at.AppendUint32(t, uint32(n))
	t = append(t, body...)
	b := at.AppendUint64(nil, uint64(x.base))
	b = at.AppendUint32(b, uint32(int32(4+1+4+len(t))+x.lenAdd))
	b = at.AppendUint32(b, uint32(x.leaderEpoch))
	b = append(b, x.magic)
	b = at.AppendUint32(b, crc32.Checksum(t, crc32.MakeTable(crc32.Castagnoli))^x.crcXor)
	return append(b, t...)
}

// filled returns the batch with its defaults.
func (x B) filled() B {
	if x.magic == 0 {
		x.magic = 2
	}
	if x.firstTs == 0 {
		x.firstTs = longAgo
	}
	if x.pid == 0 && !x.noPid {
		x.pid, x.pepoch, x.seq = -1, -1, -1
	}
	return x
}

func orElse[N int32 | int64](n *N, given *N) {
	if given != nil {
		*n = *given
	}
}

// body encodes the records, and finds their largest timestamp.
func (x B) body() (body []byte, maxTs int64) {
	maxTs = -1
	for i, r := range x.recs {
		delta := int64(i)
		if x.deltas != nil {
			delta = x.deltas[i]
		}
		b := r.bytes(delta)
		body = append(vi(body, int64(len(b))), b...)
		maxTs = max(maxTs, x.firstTs+r.ts)
	}
	if x.rawBody != nil {
		body = x.rawBody
	}
	return body, maxTs
}

func (r rec) bytes(delta int64) []byte {
	b := vi(vi([]byte{0}, r.ts), delta)
	b = nullable(nullable(b, r.k), r.v)
	b = vi(b, int64(len(r.h)))
	for _, h := range r.h {
		b = nullable(nullable(b, []byte(h[0])), []byte(h[1]))
	}
	return b
}

func nullable(b, field []byte) []byte {
	if field == nil {
		return vi(b, -1)
	}
	return append(vi(b, int64(len(field))), field...)
}

func gzipped(b []byte) []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(b)
	w.Close()
	return z.Bytes()
}

func one(k, v string) []byte { return B{recs: []rec{kv(k, v)}}.bytes() }

func some(n int) []byte {
	var r []rec
	for i := range n {
		r = append(r, rec{k: []byte{byte('a' + i%26)}, v: []byte("value"), ts: int64(i)})
	}
	return B{recs: r}.bytes()
}

// quiet sends without recording.
func (s *side) quiet(req kmsg.Request) kmsg.Response {
	n := len(s.out)
	req.SetVersion(s.versions[req.Key()].last)
	r := s.startAs("quiet", "quiet", req).end()
	s.out = s.out[:n]
	return r
}

// unchanged waits until the response to a request has stayed the same for a while: a broker reads of a change only
// after the controller has answered.
func (s *side) unchanged(req kmsg.Request) {
	last, since := "", time.Now()
	for end := time.Now().Add(usualPatience); time.Since(since) < 150*time.Millisecond &&
		time.Now().Before(end); s.pause(30) {
		if now := asJSON(s.normal(s.quiet(req))); now != last {
			last, since = now, time.Now()
		}
	}
}

// mk makes a topic and waits for its leaders.
func (s *side) mk(topic string, parts int32, cfg ...string) {
	r := kmsg.NewPtrCreateTopicsRequest()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, parts, 1
	for i := 0; i+1 < len(cfg); i += 2 {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = cfg[i], sp(cfg[i+1])
		t.Configs = append(t.Configs, c)
	}
	r.Topics = append(r.Topics, t)
	r.TimeoutMillis = 10000
	x := s.quiet(r).(*kmsg.CreateTopicsResponse)
	for _, t := range x.Topics {
		if t.ErrorCode != 0 && t.ErrorCode != 36 {
			s.note("mk failed "+topic, t.ErrorCode)
		}
	}
	s.settle(topic)
}

// settle waits until the topic has leaders.
func (s *side) settle(topic string) {
	for range 200 {
		m := kmsg.NewPtrMetadataRequest()
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = sp(topic)
		m.Topics = append(m.Topics, t)
		x := s.quiet(m).(*kmsg.MetadataResponse)
		ok := len(x.Topics) == 1 && x.Topics[0].ErrorCode == 0
		if ok {
			for _, p := range x.Topics[0].Partitions {
				ok = ok && p.ErrorCode == 0 && p.Leader >= 0
			}
		}
		if ok {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.note("never settled "+topic, true)
}

func (s *side) preq(topic string, part int32, acks int16, recs []byte) *kmsg.ProduceRequest {
	r := kmsg.NewPtrProduceRequest()
	r.Acks, r.TimeoutMillis = acks, 5000
	t := kmsg.NewProduceRequestTopic()
	t.Topic, t.TopicID = topic, s.id(topic)
	p := kmsg.NewProduceRequestTopicPartition()
	p.Partition, p.Records = part, recs
	t.Partitions = append(t.Partitions, p)
	r.Topics = append(r.Topics, t)
	return r
}

func (s *side) put(topic string, part int32, recs []byte) {
	for range 40 {
		x := s.quiet(s.preq(topic, part, -1, recs)).(*kmsg.ProduceResponse)
		code := int16(-99)
		for _, t := range x.Topics {
			for _, p := range t.Partitions {
				code = p.ErrorCode
			}
		}
		if code == 0 {
			return
		}
		if code != 3 && code != 6 && code != 100 {
			s.note("put failed", code)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.note("put never worked", true)
}

type fp struct {
	part  int32
	off   int64
	max   int32
	epoch int32
	last  int32
	start int64
}

func (s *side) freq(topic string, ps ...fp) *kmsg.FetchRequest {
	r := kmsg.NewPtrFetchRequest()
	r.MaxWaitMillis, r.MinBytes, r.MaxBytes = 100, 1, 50<<20
	r.ReplicaID = -1
	r.SessionEpoch = -1
	t := kmsg.NewFetchRequestTopic()
	t.Topic, t.TopicID = topic, s.id(topic)
	for _, x := range ps {
		p := kmsg.NewFetchRequestTopicPartition()
		p.Partition, p.FetchOffset, p.PartitionMaxBytes = x.part, x.off, x.max
		if x.max == 0 {
			p.PartitionMaxBytes = 1 << 20
		}
		if x.max == -99 {
			p.PartitionMaxBytes = 0
		}
		p.CurrentLeaderEpoch, p.LastFetchedEpoch = x.epoch, x.last
		if x.epoch == 0 {
			p.CurrentLeaderEpoch = -1
		}
		if x.epoch == 100 {
			p.CurrentLeaderEpoch = 0
		}
		if x.last == 0 {
			p.LastFetchedEpoch = -1
		}
		p.LogStartOffset = -1
		t.Partitions = append(t.Partitions, p)
	}
	r.Topics = append(r.Topics, t)
	return r
}

func (s *side) pause(ms int) { time.Sleep(time.Duration(ms) * time.Millisecond) }
