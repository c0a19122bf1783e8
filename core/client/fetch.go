package client

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// fetchAsk is what a Fetch request asked: the partitions of the whole session, sorted, and each one's stamp.
type fetchAsk struct {
	session *session
	parts   []stamped
}

// stamp is the stamp a partition had when it was asked for.
func (a *fetchAsk) stamp(tp kafka.TopicPartition) (stamp uint64, asked bool) {
	i, asked := slices.BinarySearchFunc(a.parts, tp, func(s stamped, tp kafka.TopicPartition) int {
		return s.tp.Compare(tp)
	})
	if asked {
		stamp = a.parts[i].stamp
	}
	return stamp, asked
}

// sendFetches asks every broker that leads something to read and owes no answer. Partitions with records still to
// be given out are left out, which bounds what is buffered to one fetch each.
func (c *Consumer) sendFetches(now env.Now) {
	for _, broker := range c.brokersToFetch(now) {
		if c.fetching[broker] || !c.net.ready(now, peer{broker, dataLane}) {
			continue
		}
		c.sendFetch(now, broker)
	}
}

func (c *Consumer) brokersToFetch(now env.Now) []int32 {
	ids := c.toFetch[:0]
	for _, r := range c.readers {
		if c.fetchable(now, r) {
			ids = append(ids, r.source())
		}
	}
	slices.Sort(ids)
	c.toFetch = slices.Compact(ids)
	return c.toFetch
}

func (c *Consumer) fetchable(now env.Now, r *reader) bool {
	if r.state != reading || r.paused || r.leaving || r.filled || r.leader.leader < 0 {
		return false
	}
	if now.Mono < r.retryAt {
		c.wakeAt(r.retryAt)
		return false
	}
	c.checkNearby(now, r)
	return true
}

func (c *Consumer) sendFetch(now env.Now, broker int32) {
	s := c.session(broker)
	req := s.request()
	req.ReplicaID = -1
	req.MaxWaitMillis = int32(c.cfg.FetchMaxWait / time.Millisecond)
	req.MinBytes, req.MaxBytes = c.cfg.FetchMinBytes, c.cfg.FetchMaxBytes
	req.IsolationLevel, req.Rack = isolation(c.cfg.ReadCommitted), c.cfg.Rack
	ask := &s.ask // one fetch of a session is on its way at a time
	ask.session, ask.parts = s, ask.parts[:0]
	byID := true
	want := s.spare[:0]
	for _, r := range c.readers {
		if !c.fetchable(now, r) || r.source() != broker {
			continue
		}
		t := c.net.meta.topic(r.tp.Topic)
		if t == nil {
			continue
		}
		want = append(want, sessionPart{tp: r.tp, id: t.id, offset: r.position, leader: r.leader.epoch})
		byID = byID && t.id != kafka.UUID{}
		ask.parts = append(ask.parts, stamped{r.tp, r.stamp})
	}
	if len(want) == 0 {
		return
	}
	s.plan(req, want, byID, c.cfg.MaxPartitionFetchBytes)
	c.fetching[broker] = true
	c.net.send(now, peer{broker, dataLane}, req, pick[int16](byID, -1, 12), c.cfg.RequestTimeout, ask)
}

func isolation(readCommitted bool) int8 { return pick[int8](readCommitted, 1, 0) }

func (c *Consumer) session(broker int32) *session {
	i := slices.IndexFunc(c.sessions, func(s *session) bool { return s.broker == broker })
	if i < 0 {
		i, c.sessions = len(c.sessions), append(c.sessions, &session{broker: broker})
	}
	return c.sessions[i]
}

func (c *Consumer) fetched(now env.Now, r result, ask *fetchAsk) {
	delete(c.fetching, ask.session.broker)
	if r.err != nil {
		ask.session.lost()
		c.fetchFailed(now, ask)
		return
	}
	resp := r.resp.(*kmsg.FetchResponse)
	code := kafka.ErrorCode(resp.ErrorCode)
	ask.session.answered(code, resp.SessionID)
	if code != kafka.None {
		c.net.meta.wanted = c.net.meta.wanted || staleMetadata(code)
		if code != kafka.FetchSessionIDNotFound {
			c.fetchFailed(now, ask)
		}
		return
	}
	for i := range resp.Topics {
		t := &resp.Topics[i]
		name := t.Topic
		if name == "" {
			name, _ = c.net.meta.nameOf(kafka.UUID(t.TopicID))
		}
		for j := range t.Partitions {
			tp := kafka.TopicPartition{Topic: name, Partition: kafka.PartitionID(t.Partitions[j].Partition)}
			stamp, asked := ask.stamp(tp)
			if rd := c.reader(tp); asked && rd != nil && rd.stamp == stamp && rd.state == reading && !rd.filled {
				c.fill(now, rd, &t.Partitions[j], ask.session.broker)
			}
		}
	}
}

// fetchFailed lets the partitions of a fetch rest for a while.
func (c *Consumer) fetchFailed(now env.Now, ask *fetchAsk) {
	for _, rd := range c.readers {
		if _, asked := ask.stamp(rd.tp); asked {
			c.rest(now, rd)
		}
	}
}

// rest backs off from a partition and looks whether its leader has moved.
func (c *Consumer) rest(now env.Now, r *reader) {
	r.nearby = atLeader
	r.failures++
	r.retryAt = now.Mono.Add(c.backoff(r.failures))
	c.net.meta.wanted = true
}

// fill takes one partition's part of a fetch.
func (c *Consumer) fill(now env.Now, r *reader, p *kmsg.FetchResponseTopicPartition, from int32) {
	switch code := kafka.ErrorCode(p.ErrorCode); {
	case code == kafka.None:
		c.buffer(r, p)
		c.prefer(now, r, p.PreferredReadReplica)
	case code == kafka.OffsetOutOfRange && from != r.leader.leader:
		r.nearby = atLeader // who may know better
	case code == kafka.OffsetOutOfRange:
		c.net.say(env.Info, "%s: offset %d is out of range", r.tp, r.position)
		c.wantReset(r)
	case code == kafka.TopicAuthorizationFailed, code == kafka.CorruptMessage:
		c.fail("%s: %s at offset %d", r.tp, code, r.position)
	default:
		c.net.meta.hint(r.tp, p.CurrentLeader.LeaderID, kafka.LeaderEpoch(p.CurrentLeader.LeaderEpoch))
		c.rest(now, r)
	}
}

func (c *Consumer) buffer(r *reader, p *kmsg.FetchResponseTopicPartition) {
	r.failures, r.retryAt = 0, 0
	var aborted []abortedTxn
	if c.cfg.ReadCommitted {
		for _, a := range p.AbortedTransactions {
			aborted = append(aborted, abortedTxn{kafka.ProducerID(a.ProducerID), kafka.Offset(a.FirstOffset)})
		}
	}
	u := unpacker{from: r.position, next: r.position, epoch: r.epoch, aborted: aborted, scratch: &c.scratch}
	if c.cfg.Sink == nil {
		u.records, u.room = r.records[:0], r.room[:0]
	}
	if err := u.unpack(p.RecordBatches); err != nil {
		c.fail("%s: %v at offset %d", r.tp, err, u.next)
		return
	}
	if u.next > r.position {
		r.buffer, r.next, r.after, r.filled = u.records, u.next, u.epoch, true
	}
	r.records, r.room = nil, nil
	if c.cfg.Sink == nil && cap(u.room) <= roomMax {
		r.records, r.room = u.records, u.room
	}
}

// roomMax bounds the bytes that a partition keeps room for.
const roomMax = 1 << 20

type abortedTxn struct {
	producer kafka.ProducerID
	first    kafka.Offset
}

// unpacker turns the batches of a fetch into records.
type unpacker struct {
	from    kafka.Offset // records before it are the rest of a batch read earlier
	next    kafka.Offset // after all batches seen
	epoch   kafka.LeaderEpoch
	aborted []abortedTxn       // not yet reached, by first offset
	open    []kafka.ProducerID // whose aborted transaction spans the current batch
	records []Fetched
	room    pieces // for keys and values
	size    int    // of records, about
	scratch *record.Scratch
}

// maxUnpacked bounds the memory of the records that are unpacked at a time. What else was fetched, and be it the rest
// of a batch, is fetched again.
const maxUnpacked = 64 << 20

// fetchedSize is about what a record takes besides its key, value and headers.
const fetchedSize = 120

func (u *unpacker) full() bool { return u.size >= maxUnpacked }

func (u *unpacker) unpack(raw []byte) error {
	slices.SortStableFunc(u.aborted, func(a, b abortedTxn) int { return cmp.Compare(a.first, b.first) })
	s := record.Split(raw)
	for b, ok := s.Next(); ok; b, ok = s.Next() {
		if err := record.ValidateStored(b); err != nil {
			return err
		}
		if err := u.batch(b); err != nil {
			return err
		}
		if u.full() {
			return nil
		}
	}
	if u.next == u.from && len(raw) > 0 && s.Err() != nil {
		return s.Err() // a cut-off tail is normal, but not one that hides the first batch
	}
	return nil
}

func (u *unpacker) batch(b record.Batch) error {
	if b.LastOffset() < u.from {
		return nil
	}
	for len(u.aborted) > 0 && u.aborted[0].first <= b.LastOffset() {
		u.open = append(u.open, u.aborted[0].producer)
		u.aborted = u.aborted[1:]
	}
	switch a := b.Attributes(); {
	case a.IsControl():
		u.marker(b)
	case a.IsTransactional() && slices.Contains(u.open, b.ProducerID()):
	default:
		if err := u.add(b); err != nil {
			return err
		}
	}
	if u.epoch = b.LeaderEpoch(); !u.full() {
		u.next = b.NextOffset()
	}
	return nil
}

// marker ends an aborted transaction.
func (u *unpacker) marker(b record.Batch) {
	it := b.Records(u.scratch, record.Limits{})
	r, ok := it.Next()
	if !ok {
		return
	}
	if kind, err := record.ParseControlKey(r.Key); err == nil && kind == record.Abort {
		if i := slices.Index(u.open, b.ProducerID()); i >= 0 {
			u.open = slices.Delete(u.open, i, i+1)
		}
	}
}

func (u *unpacker) add(b record.Batch) error {
	u.records = slices.Grow(u.records, int(max(0, min(b.Count(), maxGrown))))
	if cap(u.room)-len(u.room) < b.Size() { // more than enough, unless the batch is compressed
		u.room = make(pieces, 0, b.Size())
	}
	defer u.scratch.Trim(roomMax)
	it := b.Records(u.scratch, record.Limits{MaxUncompressed: record.MostUncompressed})
	for r, ok := it.Next(); ok && !u.full(); r, ok = it.Next() {
		if o := it.Offset(r); o >= u.from {
			u.records = append(u.records, Fetched{Offset: o, Epoch: b.LeaderEpoch(), Timestamp: it.Timestamp(r),
				Key: u.room.clone(r.Key), Value: u.room.clone(r.Value), Headers: cloneHeaders(r.Headers)})
			u.next, u.size = o+1, u.size+recordSize(r)
		}
	}
	if it.Err() != nil {
		return fmt.Errorf("batch at %d: %w", b.BaseOffset(), it.Err())
	}
	return nil
}

func recordSize(r record.Record) int {
	n := fetchedSize + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += fetchedSize + len(h.Key) + len(h.Value)
	}
	return n
}

// maxGrown bounds what is allocated for records on a batch's word.
const maxGrown = 10_000

// pieces copies small slices into one piece of memory, and into another when that is full.
type pieces []byte

func (p *pieces) clone(b []byte) []byte {
	if len(b) == 0 || len(b) > cap(*p)-len(*p) {
		return bytes.Clone(b)
	}
	at := len(*p)
	*p = append(*p, b...)
	return (*p)[at:len(*p):len(*p)]
}

func cloneHeaders(h []record.Header) []record.Header {
	out := slices.Clone(h)
	for i := range out {
		out[i].Value = bytes.Clone(out[i].Value)
	}
	return out
}
