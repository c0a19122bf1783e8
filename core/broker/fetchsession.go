package broker

import (
	"time"

	"gregor/core/env"
	"gregor/core/wire"
)

// fetchSession remembers what a client reads, so that it need not name every partition each time (KIP-227).
type fetchSession struct {
	id        int32
	epoch     int32 // the next one expected
	byID      bool  // topics are named by id
	parts     []*fetchPart
	index     map[partKey]*fetchPart
	current   *fetch // that waits, or nil
	began     env.Instant
	usedAt    env.Instant
	follower  bool // of a follower, who is never put out for a consumer
	evictable bool // for a larger one: it was old enough when it was used last
}

// partKey names a partition in a session.
type partKey struct {
	name      string
	id        env.UUID
	partition env.PartitionID
}

// The session epochs with a meaning of their own.
const (
	sessionless  = -1 // no session; one that is named ends
	sessionBegin = 0  // a full fetch that begins a session
)

// sessionIdle is how long a session is safe from others after it began, and after it was used (Kafka:
// min.incremental.fetch.session.eviction.ms, which nobody can set).
const sessionIdle = 2 * time.Minute

// sessionPartsMax bounds the partitions of all sessions together. Kafka bounds only the sessions.
const sessionPartsMax = 1 << 20

// sessions holds at most max sessions.
type sessions struct {
	byID  map[int32]*fetchSession
	list  []*fetchSession // in the order they began
	parts int             // of all of them
	max   int
	rand  env.Rand
	fed   []*fetchPart // scratch of rotate
}

// openSession finds out what the fetch reads: the request's own partitions, or a session's.
func (b *Broker) openSession(now env.Now, f *fetch, r *wire.Fetch) wire.ErrorCode {
	f.committed = r.Isolation == readCommitted
	if r.SessionEpoch == sessionless || r.SessionEpoch == sessionBegin {
		b.sessions.end(b.sessions.byID[r.SessionID])
		f.begins = r.SessionEpoch == sessionBegin
		b.readRequested(f, r)
		return wire.None
	}
	s := b.sessions.byID[r.SessionID]
	switch {
	case s == nil:
		return wire.FetchSessionIDNotFound
	case s.epoch != r.SessionEpoch:
		return wire.InvalidFetchSessionEpoch
	case s.byID != f.byID:
		return wire.FetchSessionTopicIDError
	}
	if s.current != nil { // its client has given up on it, and asks again over another connection
		s.current.fail(wire.InvalidFetchSessionEpoch, s.id)
	}
	b.sessions.update(s, r, f.byID)
	switch {
	case b.sessions.parts > sessionPartsMax || len(s.parts) > b.sessionLargest():
		b.sessions.end(s)
		return wire.FetchSessionIDNotFound
	case len(s.parts) == 0:
		b.sessions.end(s)
		b.readRequested(f, r)
		return wire.None
	}
	s.use(now)
	f.session, f.reading, s.current = s, s.parts, f
	for _, p := range s.parts {
		p.resolve(b)
	}
	return wire.None
}

// sessionLargest bounds the partitions of one session, all of which each of its fetches looks at: more than there are
// here, and as many again as one request may name.
func (b *Broker) sessionLargest() int { return wholeMax + len(b.logs.byName) }

// use takes the next epoch; after 2^31-1 comes 1.
func (s *fetchSession) use(now env.Now) {
	if s.epoch++; s.epoch <= 0 {
		s.epoch = 1
	}
	s.usedAt, s.evictable = now.Mono, now.Mono.Sub(s.began) > sessionIdle
}

// readRequested lists the request's partitions. Of one that is named twice the later wish counts, in the earlier
// place.
func (b *Broker) readRequested(f *fetch, r *wire.Fetch) {
	b.fetches++
	for i := range r.Topics {
		t := &r.Topics[i]
		for _, ask := range t.Partitions {
			p := f.add()
			p.fill(t.Topic, t.TopicID, ask, f.byID)
			p.resolve(b)
			switch {
			case p.part == nil:
			case p.part.readBy == b.fetches:
				p.part.reading.ask = ask
				f.own = f.own[:len(f.own)-1]
			default:
				p.part.readBy, p.part.reading = b.fetches, p
			}
		}
	}
	f.reading = f.own
}

func (p *fetchPart) key() partKey { return keyOf(p.name, p.id, p.ask.Partition) }

// keyOf names a partition by its topic's id, or where there is none by its name.
func keyOf(name string, id env.UUID, partition env.PartitionID) partKey {
	if id != (env.UUID{}) {
		name = ""
	}
	return partKey{name, id, partition}
}

// update takes in what an incremental request adds, changes and forgets, in this order.
func (t *sessions) update(s *fetchSession, r *wire.Fetch, byID bool) {
	t.parts -= len(s.parts)
	for i := range r.Topics {
		topic := &r.Topics[i]
		for _, ask := range topic.Partitions {
			s.put(topic.Topic, topic.TopicID, ask, byID)
		}
	}
	forgotten := false
	for i := range r.ForgottenTopics {
		topic := &r.ForgottenTopics[i]
		for _, id := range topic.Partitions {
			key := keyOf(topic.Topic, topic.TopicID, id)
			if p := s.index[key]; p != nil {
				delete(s.index, key)
				p.gone, forgotten = true, true
			}
		}
	}
	if forgotten {
		s.parts = keep(s.parts, func(p *fetchPart) bool { return !p.gone })
	}
	t.parts += len(s.parts)
}

// keep leaves in the slice what ok says yes to, in the same order.
func keep(parts []*fetchPart, ok func(*fetchPart) bool) []*fetchPart {
	kept := parts[:0]
	for _, p := range parts {
		if ok(p) {
			kept = append(kept, p)
		}
	}
	clear(parts[len(kept):])
	return kept
}

func (s *fetchSession) put(name string, id env.UUID, ask wire.FetchPartition, byID bool) {
	key := keyOf(name, id, ask.Partition)
	if old := s.index[key]; old != nil {
		old.ask = ask
		return
	}
	p := &fetchPart{name: name, id: id, ask: ask, byID: byID}
	s.index[key] = p
	s.parts = append(s.parts, p)
}

// keepSession ends a fetch's use of its session, or begins one with what was just answered.
func (f *fetch) keepSession(now env.Now) {
	b := f.broker
	switch {
	case f.session != nil:
		b.fetchResponse.SessionID = f.session.id
		b.sessions.rotate(f.session)
	case f.begins:
		if s := b.sessions.begin(now, f.byID, f.replica >= 0, f.own); s != nil {
			b.fetchResponse.SessionID = s.id
			f.own = nil
		}
	}
}

// rotate moves partitions that gave data to the end of the session's order, so that a full answer does not
// starve the others.
func (t *sessions) rotate(s *fetchSession) {
	t.fed = t.fed[:0]
	kept := s.parts[:0]
	for _, p := range s.parts {
		if p.result.bytes > 0 {
			t.fed = append(t.fed, p)
		} else {
			kept = append(kept, p)
		}
	}
	s.parts = append(kept, t.fed...)
	clear(t.fed)
}

// begin makes a session of the partitions if there is room, or returns nil.
func (t *sessions) begin(now env.Now, byID, follower bool, parts []*fetchPart) *fetchSession {
	if t.parts+len(parts) > sessionPartsMax || len(t.list) >= t.max && !t.evict(now, len(parts), follower) {
		return nil
	}
	s := &fetchSession{id: t.freeID(), epoch: 1, byID: byID, follower: follower, index: make(map[partKey]*fetchPart, len(parts)), began: now.Mono, usedAt: now.Mono}
	for _, p := range parts {
		if s.index[p.key()] == nil {
			s.index[p.key()] = p
			s.parts = append(s.parts, p)
		}
	}
	t.byID[s.id] = s
	t.list = append(t.list, s)
	t.parts += len(s.parts)
	return s
}

// freeID draws a session id that is not in use; at most max are, so a draw rarely misses.
func (t *sessions) freeID() int32 {
	for {
		if id := int32(t.rand.Between(1, 1<<31-1)); t.byID[id] == nil {
			return id
		}
	}
}

// evict makes room for a session of so many partitions: it ends the one that has been idle longest, if that was
// long enough, or else the smallest of those that are old enough, if the new one is larger. A follower's takes the
// place of any consumer's, and is not put out for one (Kafka: privileged sessions).
func (t *sessions) evict(now env.Now, size int, follower bool) bool {
	var idle, small *fetchSession
	for _, s := range t.list {
		if s.follower && !follower {
			continue
		}
		if idle == nil || s.usedAt < idle.usedAt {
			idle = s
		}
		if (s.evictable || follower && !s.follower) && (small == nil || len(s.parts) < len(small.parts)) {
			small = s
		}
	}
	switch {
	case idle != nil && now.Mono.Sub(idle.usedAt) > sessionIdle:
		t.end(idle)
	case small != nil && (size > len(small.parts) || follower && !small.follower):
		t.end(small)
	default:
		return false
	}
	return true
}

// end forgets a session, if there is one. A fetch of it that waits goes on.
func (t *sessions) end(s *fetchSession) {
	if s == nil || t.byID[s.id] != s {
		return
	}
	delete(t.byID, s.id)
	t.parts -= len(s.parts)
	for i, o := range t.list {
		if o == s {
			t.list = append(t.list[:i], t.list[i+1:]...)
			return
		}
	}
}
