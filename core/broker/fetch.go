package broker

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// fetch is a Fetch request until it is answered: it waits for data, for its deadline, or for a log to look up
// an older offset on disk.
type fetch struct {
	broker   *Broker
	slot     *slot
	session  *fetchSession // nil: none
	reading  []*fetchPart  // what is read, in this order
	spots    []*waitSpot   // where it is registered while it waits
	deadline env.Instant
	minBytes int
	maxBytes int
	waiting  bool
	dirty    bool // in Broker.retries
	done     bool
	full     bool // a full answer: every partition is listed, also one with nothing new
}

// fetchPart is one partition a fetch or a session reads.
type fetchPart struct {
	name    string
	id      env.UUID
	ask     wire.FetchPartition
	refused wire.ErrorCode // the topic is not known
	listed  bool           // answered at least once in this session
	sentHW  env.Offset
	sentLSO env.Offset
	sentLS  env.Offset

	result fetchResult // of the last try
}

// fetchResult is what one try found for one partition.
type fetchResult struct {
	code      wire.ErrorCode
	hw, lso   env.Offset
	logStart  env.Offset
	diverging wire.EpochEnd
	leader    wire.CurrentLeader
	segments  []env.Segment
	bytes     int
	pin       seglog.Pin
	pinned    *seglog.Log
	pending   bool
}

// waitSpot is a fetch's place among a partition's readers.
type waitSpot struct {
	fetch *fetch
	part  *partition
	at    int // in part.readers
}

// fetchBytesMax bounds what one fetch is answered with (Kafka: fetch.max.bytes).
const fetchWaitMax = 10 * time.Minute

func (b *Broker) fetch(now env.Now, s *slot, r *wire.Fetch) {
	f := &fetch{broker: b, slot: s, minBytes: int(r.MinBytes)}
	f.maxBytes = min(max(int(r.MaxBytes), 0), b.limits.fetchMaxBytes)
	f.deadline = now.Mono.Add(min(time.Duration(max(r.MaxWaitMillis, 0))*time.Millisecond, fetchWaitMax))
	if code := b.openSession(now, f, r, s.version >= 13); code != wire.None {
		b.fetchResponse.Reset()
		b.fetchResponse.Err = code
		b.encodeFetch(s)
		b.finish(s)
		return
	}
	f.try(now)
}

// try reads everything once and answers if that is enough, or if there is nothing to wait for.
func (f *fetch) try(now env.Now) {
	f.dirty = false
	bytes, pending, failed := 0, false, false
	for _, p := range f.reading {
		p.result = f.broker.readPart(now, f.slot.version, p, f.maxBytes-bytes, bytes == 0)
		bytes += p.result.bytes
		pending = pending || p.result.pending
		failed = failed || p.result.code != wire.None || p.result.diverging.Known
	}
	late := now.Mono >= f.deadline
	switch {
	case failed, late, len(f.reading) == 0, bytes >= f.minBytes && !(pending && bytes == 0):
		f.answer(now)
	default:
		f.putBack()
		f.wait()
	}
}

// putBack unpins what a try found that is not sent.
func (f *fetch) putBack() {
	for _, p := range f.reading {
		if p.result.pinned != nil {
			p.result.pinned.Unpin(p.result.pin)
			p.result.pinned = nil
		}
	}
}

// wait registers the fetch with everything it reads, once, and sets its deadline.
func (f *fetch) wait() {
	if f.waiting {
		return
	}
	f.waiting = true
	for _, p := range f.reading {
		if part := f.broker.parts[env.TopicPartition{Topic: p.name, Partition: p.ask.Partition}]; part != nil {
			spot := &waitSpot{fetch: f, part: part, at: len(part.readers)}
			part.readers = append(part.readers, spot)
			f.spots = append(f.spots, spot)
		}
	}
	f.broker.deadlines.set(f.deadline, f)
}

// leave takes the fetch out of every partition's readers.
func (f *fetch) leave() {
	for _, spot := range f.spots {
		readers := spot.part.readers
		last := len(readers) - 1
		readers[spot.at] = readers[last]
		readers[spot.at].at = spot.at
		readers[last] = nil
		spot.part.readers = readers[:last]
	}
	f.spots = nil
}

// wake is the fetch's deadline.
func (f *fetch) wake(env.Now) { f.retry() }

// retry has the fetch tried again at the end of the step.
func (f *fetch) retry() {
	if !f.done && !f.dirty {
		f.dirty = true
		f.broker.retries = append(f.broker.retries, f)
	}
}

func (p *partition) wakeReaders() {
	for _, spot := range p.readers {
		spot.fetch.retry()
	}
}

// answer sends what the last try found.
func (f *fetch) answer(now env.Now) {
	b, s := f.broker, f.slot
	f.done = true
	f.leave()
	b.fetchResponse.Reset()
	if f.session != nil {
		b.fetchResponse.SessionID = f.session.id
		f.session.busy = false
	}
	var topic *wire.FetchResponseTopic
	for _, p := range f.reading {
		if !f.full && !p.news() {
			continue
		}
		if topic == nil || topic.Topic != p.name || topic.TopicID != p.id {
			topic = b.fetchResponse.AddTopic(p.name, p.id)
		}
		p.write(topic, s)
	}
	f.rotate()
	b.encodeFetch(s)
	b.finish(s)
}

// news says whether an incremental answer must list the partition (KIP-227).
func (p *fetchPart) news() bool {
	r := &p.result
	return !p.listed || r.code != wire.None || r.bytes > 0 || r.diverging.Known ||
		r.hw != p.sentHW || r.lso != p.sentLSO || r.logStart != p.sentLS
}

// write lists the partition in the response and hands its pin to the slot.
func (p *fetchPart) write(t *wire.FetchResponseTopic, s *slot) {
	r := &p.result
	out := t.AddPartition(p.ask.Partition, r.code)
	out.HighWatermark, out.LastStableOffset, out.LogStart = r.hw, r.lso, r.logStart
	out.Diverging, out.CurrentLeader = r.diverging, r.leader
	out.Records = append(out.Records, r.segments...)
	if r.pinned != nil {
		s.pins = append(s.pins, pin{r.pinned, r.pin})
		r.pinned = nil
	}
	p.listed = r.code == wire.None // an error is told again until it is gone
	p.sentHW, p.sentLSO, p.sentLS = r.hw, r.lso, r.logStart
}

// rotate moves partitions that gave data to the end of a session's order, so that a full answer does not
// starve the others.
func (f *fetch) rotate() {
	if f.session == nil {
		return
	}
	slices.SortStableFunc(f.session.parts, func(a, b *fetchPart) int { return fed(a) - fed(b) })
}

func fed(p *fetchPart) int {
	if p.result.bytes > 0 {
		return 1
	}
	return 0
}

func (b *Broker) encodeFetch(s *slot) {
	head, answer := b.fetchResponse.Append(b.arena.tail(256), s.answer[:0], s.version, s.correlation)
	b.arena.keep(head)
	s.answer = answer
}

// readPart reads one partition: at most limit bytes, but a whole batch if the answer is empty so far.
func (b *Broker) readPart(now env.Now, version int16, p *fetchPart, limit int, first bool) fetchResult {
	none := fetchResult{hw: -1, lso: -1, logStart: -1}
	if p.refused != wire.None {
		none.code = p.refused
		return none
	}
	part, code := b.partition(env.TopicPartition{Topic: p.name, Partition: p.ask.Partition})
	if code == wire.None {
		code = part.fence(p.ask.CurrentLeaderEpoch)
	}
	if code != wire.None {
		none.code = code
		return none
	}
	log := part.log
	r := fetchResult{hw: log.HighWatermark(), lso: log.LastStableOffset(), logStart: log.LogStart()}
	if r.diverging = part.diverges(p.ask); r.diverging.Known {
		return r
	}
	res, status := log.Read(now, seglog.ReadRequest{From: p.ask.FetchOffset, UpTo: r.hw,
		MaxBytes: max(min(int(p.ask.MaxBytes), limit), 0), MinOneBatch: first})
	switch status {
	case seglog.ReadReady:
		r.segments, r.bytes = res.Segments, res.Bytes
		if res.Bytes > 0 {
			r.pin, r.pinned = res.Pin, log
		}
	case seglog.ReadPending:
		r.pending = true
	case seglog.ReadOutOfRange:
		r.code, r.hw, r.lso = wire.OffsetOutOfRange, -1, -1
	default:
		r.code = wire.KafkaStorageError
	}
	return r
}

// fence compares the epoch a client knows with the partition's (KIP-320).
func (p *partition) fence(known env.LeaderEpoch) wire.ErrorCode {
	switch {
	case known == env.NoEpoch, known == p.epoch:
		return wire.None
	case known < p.epoch:
		return wire.FencedLeaderEpoch
	}
	return wire.UnknownLeaderEpoch
}

// diverges says where the reader's log parts from this one, if it names the epoch it fetched last and this log
// does not hold what the reader holds (KIP-320, KIP-595).
func (p *partition) diverges(ask wire.FetchPartition) wire.EpochEnd {
	if ask.LastFetchedEpoch == env.NoEpoch {
		return wire.EpochEnd{}
	}
	epoch, end := p.log.EpochEnd(ask.LastFetchedEpoch)
	if epoch == ask.LastFetchedEpoch && end >= ask.FetchOffset {
		return wire.EpochEnd{}
	}
	return wire.EpochEnd{Known: true, Epoch: epoch, End: end}
}
