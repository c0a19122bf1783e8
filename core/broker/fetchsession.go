package broker

import (
	"time"

	"gregor/core/env"
	"gregor/core/wire"
)

// fetchSession remembers what a client reads, so that it need not name every partition each time (KIP-227).
type fetchSession struct {
	id     int32
	epoch  int32 // the next one expected
	byID   bool  // topics are named by id
	parts  []*fetchPart
	index  map[partKey]*fetchPart
	usedAt env.Instant
	busy   bool // a fetch of it waits
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

// sessionIdle is how long a session must have been idle before another may take its place (Kafka:
// min.incremental.fetch.session.eviction.ms).
const sessionIdle = 2 * time.Minute

// sessions holds at most max sessions.
type sessions struct {
	byID map[int32]*fetchSession
	list []*fetchSession // in the order they began
	max  int
	rand env.Rand
}

// openSession finds out what the fetch reads: the request's own partitions, or a session's.
func (b *Broker) openSession(now env.Now, f *fetch, r *wire.Fetch, byID bool) wire.ErrorCode {
	if r.SessionEpoch == sessionless || r.SessionEpoch == sessionBegin {
		b.sessions.end(r.SessionID)
		f.full = true
		if r.SessionEpoch == sessionBegin {
			f.session = b.sessions.begin(now, byID)
		}
		b.readRequested(f, r, byID)
		return wire.None
	}
	s := b.sessions.byID[r.SessionID]
	switch {
	case s == nil:
		return wire.FetchSessionIDNotFound
	case s.byID != byID:
		return wire.FetchSessionTopicIDError
	case s.epoch != r.SessionEpoch || s.busy:
		return wire.InvalidFetchSessionEpoch
	}
	if s.epoch++; s.epoch <= 0 {
		s.epoch = 1
	}
	s.usedAt, s.busy = now.Mono, true
	b.update(s, r, byID)
	f.session, f.reading = s, s.parts
	return wire.None
}

// readRequested lists the request's partitions, and begins the session with them.
func (b *Broker) readRequested(f *fetch, r *wire.Fetch, byID bool) {
	for i := range r.Topics {
		t := &r.Topics[i]
		name, code := b.topicName(t.Topic, t.TopicID, byID)
		for _, ask := range t.Partitions {
			f.reading = append(f.reading, &fetchPart{name: name, id: t.TopicID, ask: ask, refused: code})
		}
	}
	if s := f.session; s != nil {
		s.busy = true
		s.parts = append(s.parts, f.reading...)
		for _, p := range s.parts {
			s.index[p.key()] = p
		}
	}
}

func (p *fetchPart) key() partKey {
	if p.id != (env.UUID{}) {
		return partKey{id: p.id, partition: p.ask.Partition}
	}
	return partKey{name: p.name, partition: p.ask.Partition}
}

// update takes in what an incremental request adds, changes and forgets.
func (b *Broker) update(s *fetchSession, r *wire.Fetch, byID bool) {
	for i := range r.ForgottenTopics {
		t := &r.ForgottenTopics[i]
		for _, p := range t.Partitions {
			s.forget(partKey{name: t.Topic, id: t.TopicID, partition: p})
		}
	}
	for i := range r.Topics {
		t := &r.Topics[i]
		name, code := b.topicName(t.Topic, t.TopicID, byID)
		for _, ask := range t.Partitions {
			s.put(&fetchPart{name: name, id: t.TopicID, ask: ask, refused: code})
		}
	}
	for _, p := range s.parts {
		if p.id != (env.UUID{}) && p.refused != wire.None { // it may have come to be since
			p.name, p.refused = b.topicName("", p.id, true)
		}
	}
}

func (s *fetchSession) put(p *fetchPart) {
	if old := s.index[p.key()]; old != nil {
		old.ask, old.refused, old.name = p.ask, p.refused, p.name
		return
	}
	s.index[p.key()] = p
	s.parts = append(s.parts, p)
}

func (s *fetchSession) forget(k partKey) {
	gone := s.index[k]
	if gone == nil {
		return
	}
	delete(s.index, k)
	kept := s.parts[:0]
	for _, p := range s.parts {
		if p != gone {
			kept = append(kept, p)
		}
	}
	s.parts = kept
}

// begin makes a session if there is room, or nil.
func (t *sessions) begin(now env.Now, byID bool) *fetchSession {
	if len(t.list) >= t.max && !t.evict(now) {
		return nil
	}
	s := &fetchSession{id: t.freeID(), epoch: 1, byID: byID, index: map[partKey]*fetchPart{}, usedAt: now.Mono}
	t.byID[s.id] = s
	t.list = append(t.list, s)
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

// evict ends the session idle longest, if it was idle long enough.
func (t *sessions) evict(now env.Now) bool {
	var oldest *fetchSession
	for _, s := range t.list {
		if !s.busy && (oldest == nil || s.usedAt < oldest.usedAt) {
			oldest = s
		}
	}
	if oldest == nil || now.Mono.Sub(oldest.usedAt) < sessionIdle {
		return false
	}
	t.end(oldest.id)
	return true
}

func (t *sessions) end(id int32) {
	s := t.byID[id]
	if s == nil {
		return
	}
	delete(t.byID, id)
	for i, o := range t.list {
		if o == s {
			t.list = append(t.list[:i], t.list[i+1:]...)
			return
		}
	}
}
