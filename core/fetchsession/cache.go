package fetchsession

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// Key names a partition in a session: by its topic's id, or where there is none by its name.
type Key struct {
	name      string
	id        kafka.UUID
	partition kafka.PartitionID
}

// KeyOf returns the key of a partition.
func KeyOf(name string, id kafka.UUID, partition kafka.PartitionID) Key {
	if id != (kafka.UUID{}) {
		name = ""
	}
	return Key{name, id, partition}
}

// Part is a partition that a session fetches, as the owner of the sessions keeps it.
type Part interface {
	comparable
	Key() Key
	// Ask changes what is asked of the partition.
	Ask(wire.FetchPartition)
	// Fed reports whether the last response brought records of the partition.
	Fed() bool
}

// Fetch is an incremental fetch that waits.
type Fetch interface {
	// Fail answers it with an error.
	Fail(code kafka.ErrorCode, session int32)
	// Expire answers it now.
	Expire()
}

// Session is what one client fetches.
type Session[P Part] struct {
	Waiting   Fetch // nil if none does
	id        int32
	epoch     int32 // the next one expected
	byID      bool  // topics are named by id
	parts     []P
	index     map[Key]P
	began     env.Instant
	usedAt    env.Instant
	follower  bool // of a follower, which is never evicted for a consumer's
	evictable bool // for a larger one: it was old enough when it was used last
}

// ID is the session's number.
func (s *Session[P]) ID() int32 { return s.id }

// Parts lists the partitions, in the order in which they are to be read.
func (s *Session[P]) Parts() []P { return s.parts }

// The session epochs with a meaning of their own.
const (
	sessionless  = -1 // no session; one that is named ends
	sessionBegin = 0  // a full fetch that begins a session
)

// idle is how long a session is safe from others after it began, and after it was used (Kafka:
// min.incremental.fetch.session.eviction.ms, which cannot be set).
const idle = 2 * time.Minute

// partsMax bounds the partitions of all sessions together.
const partsMax = 1 << 20

// Cache holds at most max sessions.
type Cache[P Part] struct {
	byID  map[int32]*Session[P]
	list  []*Session[P] // in the order they began
	parts int           // of all of them
	max   int
	rand  env.Rand
	part  func(name string, id kafka.UUID, ask wire.FetchPartition, byID bool) P
	fed   []P // scratch of Rotate
}

// New returns an empty cache. Ids of sessions are drawn from rand; part creates a partition that an incremental fetch
// adds.
func New[P Part](max int, rand env.Rand, part func(name string, id kafka.UUID, ask wire.FetchPartition,
	byID bool) P) *Cache[P] {
	return &Cache[P]{byID: map[int32]*Session[P]{}, max: max, rand: rand, part: part}
}

// Len is how many sessions there are, and Partitions how many partitions they have together.
func (t *Cache[P]) Len() int { return len(t.list) }

// Partitions is how many partitions the sessions have together.
func (t *Cache[P]) Partitions() int { return t.parts }

// ExpireFollowers answers the fetches of followers that wait.
func (t *Cache[P]) ExpireFollowers() {
	for _, s := range t.list {
		if s.follower && s.Waiting != nil {
			s.Waiting.Expire()
		}
	}
}

// Open finds the session of a fetch. It is nil for a full fetch, which begins a session with its response if begins is
// set. largest bounds the partitions of one session.
func (t *Cache[P]) Open(now env.Now, r *wire.Fetch, byID bool, largest int) (s *Session[P], begins bool,
	code kafka.ErrorCode) {
	if r.SessionEpoch == sessionless || r.SessionEpoch == sessionBegin {
		t.end(t.byID[r.SessionID])
		return nil, r.SessionEpoch == sessionBegin, kafka.None
	}
	s = t.byID[r.SessionID]
	switch {
	case s == nil:
		return nil, false, kafka.FetchSessionIDNotFound
	case s.epoch != r.SessionEpoch:
		return nil, false, kafka.InvalidFetchSessionEpoch
	case s.byID != byID:
		return nil, false, kafka.FetchSessionTopicIDError
	}
	if s.Waiting != nil { // its client has given up on it, and asks again over another connection
		s.Waiting.Fail(kafka.InvalidFetchSessionEpoch, s.id)
	}
	t.update(s, r, byID)
	switch {
	case t.parts > partsMax || len(s.parts) > largest:
		t.end(s)
		return nil, false, kafka.FetchSessionIDNotFound
	case len(s.parts) == 0:
		t.end(s)
		return nil, false, kafka.None
	}
	s.use(now)
	return s, false, kafka.None
}

// use expects the next epoch; after 2^31-1 comes 1.
func (s *Session[P]) use(now env.Now) {
	if s.epoch++; s.epoch <= 0 {
		s.epoch = 1
	}
	s.usedAt, s.evictable = now.Mono, now.Mono.Sub(s.began) > idle
}

// update applies what an incremental request adds, changes and forgets, in this order.
func (t *Cache[P]) update(s *Session[P], r *wire.Fetch, byID bool) {
	t.parts -= len(s.parts)
	for i := range r.Topics {
		topic := &r.Topics[i]
		for _, ask := range topic.Partitions {
			t.put(s, topic.Topic, topic.TopicID, ask, byID)
		}
	}
	for i := range r.ForgottenTopics {
		s.forget(&r.ForgottenTopics[i])
	}
	t.parts += len(s.parts)
}

func (s *Session[P]) forget(topic *wire.ForgottenTopic) {
	before := len(s.index)
	for _, id := range topic.Partitions {
		delete(s.index, KeyOf(topic.Topic, topic.TopicID, id))
	}
	if len(s.index) == before {
		return
	}
	s.parts = slices.DeleteFunc(s.parts, func(p P) bool {
		_, kept := s.index[p.Key()]
		return !kept
	})
}

func (t *Cache[P]) put(s *Session[P], name string, id kafka.UUID, ask wire.FetchPartition, byID bool) {
	key := KeyOf(name, id, ask.Partition)
	if old, ok := s.index[key]; ok {
		old.Ask(ask)
		return
	}
	p := t.part(name, id, ask, byID)
	s.index[key] = p
	s.parts = append(s.parts, p)
}

// Rotate moves partitions that gave data to the end of the session's order, so that a full response does not
// starve the others.
func (t *Cache[P]) Rotate(s *Session[P]) {
	t.fed = t.fed[:0]
	kept := s.parts[:0]
	for _, p := range s.parts {
		if p.Fed() {
			t.fed = append(t.fed, p)
		} else {
			kept = append(kept, p)
		}
	}
	s.parts = append(kept, t.fed...)
	clear(t.fed)
}

// Begin creates a session of the partitions if there is room, or returns nil.
func (t *Cache[P]) Begin(now env.Now, byID, follower bool, parts []P) *Session[P] {
	if t.parts+len(parts) > partsMax || len(t.list) >= t.max && !t.evict(now, len(parts), follower) {
		return nil
	}
	s := &Session[P]{id: t.freeID(), epoch: 1, byID: byID, follower: follower, index: make(map[Key]P, len(parts)),
		began: now.Mono, usedAt: now.Mono}
	for _, p := range parts {
		if _, twice := s.index[p.Key()]; !twice {
			s.index[p.Key()] = p
			s.parts = append(s.parts, p)
		}
	}
	t.byID[s.id] = s
	t.list = append(t.list, s)
	t.parts += len(s.parts)
	return s
}

// freeID draws a session id that is not in use; at most max are, so a draw rarely misses.
func (t *Cache[P]) freeID() int32 {
	for {
		if id := int32(t.rand.Between(1, 1<<31-1)); t.byID[id] == nil {
			return id
		}
	}
}

// evict makes room for a session of so many partitions: it ends the one that has been idle longest, if that was
// long enough, or else the smallest of those that are old enough, if the new one is larger. A follower's evicts
// any consumer's, and is not evicted for one (Kafka: privileged sessions).
func (t *Cache[P]) evict(now env.Now, size int, follower bool) bool {
	var oldest, small *Session[P]
	for _, s := range t.list {
		if s.follower && !follower {
			continue
		}
		if oldest == nil || s.usedAt < oldest.usedAt {
			oldest = s
		}
		if (s.evictable || follower && !s.follower) && (small == nil || len(s.parts) < len(small.parts)) {
			small = s
		}
	}
	switch {
	case oldest != nil && now.Mono.Sub(oldest.usedAt) > idle:
		t.end(oldest)
	case small != nil && (size > len(small.parts) || follower && !small.follower):
		t.end(small)
	default:
		return false
	}
	return true
}

// end forgets a session, if there is one. A fetch of it that waits goes on.
func (t *Cache[P]) end(s *Session[P]) {
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
