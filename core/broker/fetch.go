package broker

import (
	"time"

	"gregor/core/alarm"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/fetchsession"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/replication"
	"gregor/core/wire"
)

// fetching answers Fetch requests: those that wait, their sessions, and room for those to come.
type fetching struct {
	cluster  *describe.Cluster
	logs     *logs
	replicas *replication.Replicas
	alarms   *alarm.Heap
	work     *inbox.Work
	maxBytes int     // fetch.max.bytes
	byRack   bool    // replica.selector.class is Kafka's rack-aware one
	rack     *string // broker.rack

	now        env.Now // of the step under way
	sessions   *fetchsession.Cache[*fetchPart]
	retries    []*fetchRequest // to be tried again
	spare      []*fetchRequest // the slice of the round before, to be filled again
	free       []*fetchRequest
	response   wire.FetchResponse
	fetches    uint64      // counts full fetches: see partition.readBy
	shortWaits env.Instant // until when fetches of followers wait shortWait at most
}

// fetchRequest is a Fetch request until it is answered: it waits for data, for its deadline, or for a log to look up
// an older offset on disk. Answered, it is used again.
type fetchRequest struct {
	of        *fetching
	request   *inbox.Request
	session   *readSession // whose incremental fetch this is; nil: none
	begins    bool         // a session shall begin with the answer
	byID      bool         // topics are named by id
	replica   kafka.NodeID // of the follower that asks; -1: a consumer
	epoch     kafka.BrokerEpoch
	rack      string
	anywhere  bool         // a consumer that may read from a follower (KIP-392)
	heard     bool         // what it says of its replica was taken in by an earlier try
	committed bool         // read_committed
	own       []*fetchPart // to be filled by full requests
	reading   []*fetchPart // what is read, in this order
	spots     []waitSpot   // where it is registered while it waits
	alarm     alarm.Alarm
	deadline  env.Instant
	minBytes  int
	maxBytes  int
	dirty     bool // in fetching.retries, and not tried yet
}

// waitSpot is a fetch's place among a partition's readers.
type waitSpot struct {
	fetch *fetchRequest
	part  *partition
	at    int // in part.readers
}

func (t *fetching) begin(now env.Now, q *inbox.Request, r *wire.Fetch) {
	f := t.takeFetch(q)
	f.maxBytes = min(max(int(r.MaxBytes), 0), t.maxBytes)
	f.minBytes = min(int(r.MinBytes), f.maxBytes)
	f.deadline = t.waitAtMost(now, kafka.NodeID(r.Replica), time.Duration(r.MaxWaitMillis)*time.Millisecond)
	f.byID = q.Version() >= 13
	f.replica, f.epoch, f.rack = r.Replica, r.ReplicaEpoch, r.Rack
	f.anywhere = r.Replica < 0 && q.Version() >= 11
	if !kafka.IsolationLevel(r.Isolation).Valid() {
		f.refuse(r, kafka.InvalidRequest)
		return
	}
	if code := t.openSession(now, f, r); code != kafka.None {
		f.Fail(code, 0)
		return
	}
	f.try(now)
}

func (t *fetching) takeFetch(q *inbox.Request) *fetchRequest {
	var f *fetchRequest
	if n := len(t.free); n > 0 {
		f, t.free = t.free[n-1], t.free[:n-1]
	} else {
		f = &fetchRequest{of: t}
		f.alarm = alarm.For(f)
	}
	f.request = q
	q.WaitFor(f)
	return f
}

// fetchPartsKept bounds the memory of a fetch that is kept for its next use.
const fetchPartsKept = 1024

// give ends the fetch: its request is answered, and it may be used again.
func (f *fetchRequest) give() {
	t, q := f.of, f.request
	if f.session != nil && f.session.Waiting == fetchsession.Fetch(f) {
		f.session.Waiting = nil
	}
	if cap(f.own) > fetchPartsKept {
		f.own = nil
	}
	for _, p := range f.own {
		p.part = nil
	}
	*f = fetchRequest{of: t, alarm: f.alarm, own: f.own[:0], spots: f.spots[:0]}
	t.free = append(t.free, f)
	q.WaitFor(nil)
	q.Finish()
}

// add lists a partition of a full request, to be filled by the caller.
func (f *fetchRequest) add() *fetchPart {
	if n := len(f.own); n < cap(f.own) {
		f.own = f.own[:n+1]
	} else {
		f.own = append(f.own, nil)
	}
	p := &f.own[len(f.own)-1]
	if *p == nil {
		*p = &fetchPart{}
	}
	return *p
}

// try reads everything once and answers if that is enough, or if there is nothing to wait for.
func (f *fetchRequest) try(now env.Now) {
	f.dirty = false
	f.of.work.Add(len(f.reading))
	bytes, readable, pending, failed := 0, 0, false, false
	for _, p := range f.reading {
		if p.refused != kafka.None { // which is in the response, but ends no fetch's waiting
			continue
		}
		readable++
		p.read(now, f, f.maxBytes-bytes, bytes == 0)
		bytes += p.result.bytes
		pending = pending || p.result.pending
		failed = failed || p.result.code != kafka.None || p.result.diverging.Known || p.result.preferred >= 0 ||
			p.tellsStart(f)
	}
	f.heard = true
	switch {
	case failed, readable == 0:
		f.answer(now)
	case pending && bytes == 0: // what is asked for is there, and the disk will find where
		f.wait(env.Never)
	case bytes >= f.minBytes, now.Mono >= f.deadline:
		f.answer(now)
	default:
		f.putBack()
		f.wait(f.deadline)
	}
}

// putBack unpins what a try found that is not sent.
func (f *fetchRequest) putBack() {
	for _, p := range f.reading {
		p.unpin()
	}
}

// wait registers the fetch with everything it reads, once, and sets its deadline.
func (f *fetchRequest) wait(until env.Instant) {
	f.of.alarms.Set(&f.alarm, until)
	if len(f.spots) > 0 {
		return
	}
	for _, p := range f.reading {
		if p.refused == kafka.None {
			f.spots = append(f.spots, waitSpot{fetch: f, part: p.part, at: len(p.part.readers)})
			p.part.readers = append(p.part.readers, nil)
			if f.replica >= 0 {
				p.part.follows++
			}
		}
	}
	for i := range f.spots { // only now do they stay where they are
		spot := &f.spots[i]
		spot.part.readers[spot.at] = spot
	}
}

// leave takes the fetch out of every partition's readers.
func (f *fetchRequest) leave() {
	f.of.alarms.Clear(&f.alarm)
	for i := range f.spots {
		spot := &f.spots[i]
		readers := spot.part.readers
		last := len(readers) - 1
		readers[spot.at] = readers[last]
		readers[spot.at].at = spot.at
		readers[last] = nil
		spot.part.readers = readers[:last]
		if f.replica >= 0 {
			spot.part.follows--
		}
		*spot = waitSpot{}
	}
	f.spots = f.spots[:0]
}

// wake is the fetch's deadline.
func (f *fetchRequest) Wake(env.Now) { f.retry() }

// retry has the fetch tried again before the step ends.
func (f *fetchRequest) retry() {
	if !f.dirty {
		f.dirty = true
		f.of.retries = append(f.of.retries, f)
	}
}

// answer sends what the last try found.
func (f *fetchRequest) answer(now env.Now) {
	t, q := f.of, f.request
	f.leave()
	t.response.Reset()
	var topic *wire.FetchResponseTopic
	for _, refused := range [...]bool{false, true} { // Kafka lists unknown topics last
		for _, p := range f.reading {
			if (p.refused != kafka.None) != refused || f.session != nil && !p.news() {
				continue
			}
			if topic == nil || topic.Topic != p.name || topic.TopicID != p.id {
				topic = t.response.AddTopic(p.name, p.id)
			}
			p.write(t, topic, q, f.committed)
		}
	}
	f.putBack()
	f.keepSession(now)
	t.encodeFetch(q)
	f.give()
}

// Fail answers with an error that concerns the request or its session as a whole.
func (f *fetchRequest) Fail(code kafka.ErrorCode, session int32) {
	f.leave()
	f.of.response.Reset()
	f.of.response.Err, f.of.response.SessionID = code, session
	f.of.encodeFetch(f.request)
	f.give()
}

// refuse answers a request as a whole with one code, which before version 7 each partition gets.
func (f *fetchRequest) refuse(r *wire.Fetch, code kafka.ErrorCode) {
	out := &f.of.response
	if out.Reset(); f.request.Version() >= 7 {
		out.Err = code
	} else {
		for _, t := range r.Topics {
			topic := out.AddTopic(t.Topic, t.TopicID)
			for _, p := range t.Partitions {
				topic.AddPartition(p.Partition, code)
			}
		}
	}
	f.of.encodeFetch(f.request)
	f.give()
}

// Abandon ends a waiting fetch whose connection is gone.
func (f *fetchRequest) Abandon() {
	f.leave()
	f.request.Mute()
	f.give()
}

// Expire answers a waiting fetch now.
func (f *fetchRequest) Expire() {
	f.deadline = f.of.now.Mono
	f.retry()
}

func (t *fetching) encodeFetch(q *inbox.Request) {
	q.SetSegments(t.response.Append(q.Room(256), q.Segments(), q.Version(), q.Correlation()))
}

type readSession = fetchsession.Session[*fetchPart]

// openSession finds out what the fetch reads: the request's own partitions, or a session's.
func (t *fetching) openSession(now env.Now, f *fetchRequest, r *wire.Fetch) (code kafka.ErrorCode) {
	f.committed = kafka.IsolationLevel(r.Isolation) == kafka.ReadCommitted
	if f.session, f.begins, code = t.sessions.Open(now, r, f.byID, t.sessionLargest()); code != kafka.None {
		return code
	}
	if f.session == nil {
		t.readRequested(f, r)
		return kafka.None
	}
	f.reading, f.session.Waiting = f.session.Parts(), f
	for _, p := range f.reading {
		p.resolve(t)
	}
	return kafka.None
}

// sessionLargest bounds the partitions of one session, all of which each of its fetches looks at: more than there are
// here, and as many again as one request may name.
func (t *fetching) sessionLargest() int { return wholeMax + len(t.logs.byName) }

// readRequested lists the request's partitions. Of one that is named twice the later wish counts, in the earlier
// place.
func (t *fetching) readRequested(f *fetchRequest, r *wire.Fetch) {
	t.fetches++
	for i := range r.Topics {
		topic := &r.Topics[i]
		for _, ask := range topic.Partitions {
			p := f.add()
			p.fill(topic.Topic, topic.TopicID, ask, f.byID)
			p.resolve(t)
			switch {
			case p.part == nil:
			case p.part.readBy == t.fetches:
				p.part.reading.ask = ask
				f.own = f.own[:len(f.own)-1]
			default:
				p.part.readBy, p.part.reading = t.fetches, p
			}
		}
	}
	f.reading = f.own
}

// keepSession ends a fetch's use of its session, or begins one with what was just answered.
func (f *fetchRequest) keepSession(now env.Now) {
	t := f.of
	switch {
	case f.session != nil:
		t.response.SessionID = f.session.ID()
		t.sessions.Rotate(f.session)
	case f.begins:
		if s := t.sessions.Begin(now, f.byID, f.replica >= 0, f.own); s != nil {
			t.response.SessionID = s.ID()
			f.own = nil
		}
	}
}

// retry tries the fetches again that something has happened to, as long as the step's work is not spent.
func (t *fetching) retry(now env.Now) {
	retries := t.retries
	t.retries = t.spare[:0]
	for i, f := range retries {
		switch {
		case !f.dirty: // it was answered meanwhile
		case t.work.Spent():
			t.retries = append(t.retries, f)
		default:
			f.try(now)
		}
		retries[i] = nil
	}
	t.spare = retries
}
