package fetchsession

import (
	"slices"
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// part is a partition of a session.
type part struct {
	id  kafka.PartitionID
	ask wire.FetchPartition
	fed bool
}

func (p *part) Key() Key                    { return KeyOf("orders", kafka.UUID{}, p.id) }
func (p *part) Ask(ask wire.FetchPartition) { p.ask = ask }
func (p *part) Fed() bool                   { return p.fed }

func newCache(max int) *Cache[*part] {
	return New(max, env.NewRand(1), func(_ string, _ kafka.UUID, ask wire.FetchPartition, _ bool) *part {
		return &part{id: ask.Partition, ask: ask}
	})
}

func parts(n int) (all []*part) {
	for i := range n {
		all = append(all, &part{id: kafka.PartitionID(i)})
	}
	return all
}

// fetch is an incremental fetch that names and forgets partitions.
func fetch(session, epoch int32, names, forgets []kafka.PartitionID) *wire.Fetch {
	r := &wire.Fetch{SessionID: session, SessionEpoch: epoch}
	var asks []wire.FetchPartition
	for _, id := range names {
		asks = append(asks, wire.FetchPartition{Partition: id, FetchOffset: 7})
	}
	r.Topics = []wire.FetchTopic{{Topic: "orders", Partitions: asks}}
	r.ForgottenTopics = []wire.ForgottenTopic{{Topic: "orders", Partitions: forgets}}
	return r
}

func ids(s *Session[*part]) (out []kafka.PartitionID) {
	for _, p := range s.Parts() {
		out = append(out, p.id)
	}
	return out
}

func at(d time.Duration) env.Now { return env.Now{Mono: env.Instant(0).Add(d)} }

func TestAnIncrementalFetchAddsChangesAndForgets(t *testing.T) {
	c := newCache(10)
	s := c.Begin(at(0), false, false, parts(3))
	got, begins, code := c.Open(at(time.Second), fetch(s.ID(), 1, []kafka.PartitionID{3, 0}, []kafka.PartitionID{1,
		9}), false,
		100)
	if got != s || begins || code != kafka.None {
		t.Fatalf("session %v, begins %v, %v", got, begins, code)
	}
	if want := []kafka.PartitionID{0, 2, 3}; !slices.Equal(ids(s), want) || s.Parts()[0].ask.FetchOffset != 7 ||
		c.Partitions() != 3 {
		t.Errorf("partitions %v of %d, want %v; partition 0 is asked for from %d", ids(s), c.Partitions(), want,
			s.Parts()[0].ask.FetchOffset)
	}
	if _, _, code := c.Open(at(time.Second), fetch(s.ID(), 1, nil, nil), false,
		100); code != kafka.InvalidFetchSessionEpoch {
		t.Errorf("the same epoch again is answered with %v", code)
	}
	if got, _, code := c.Open(at(time.Second), fetch(s.ID(), 2, nil, []kafka.PartitionID{0, 2, 3}), false,
		100); got != nil || code != kafka.None || c.Len() != 0 {
		t.Errorf("a session with nothing left to fetch is %v, %v; there are %d", got, code, c.Len())
	}
}

func TestPartitionsThatGaveRecordsAreReadLast(t *testing.T) {
	c := newCache(10)
	s := c.Begin(at(0), false, false, parts(4))
	s.Parts()[0].fed, s.Parts()[2].fed = true, true
	c.Rotate(s)
	if want := []kafka.PartitionID{1, 3, 0, 2}; !slices.Equal(ids(s), want) {
		t.Errorf("the order is %v, want %v", ids(s), want)
	}
}

func TestWhoIsEvicted(t *testing.T) {
	c := newCache(1)
	first := c.Begin(at(0), false, false, parts(2))
	if c.Begin(at(time.Minute), false, false, parts(5)) != nil {
		t.Error("a session is evicted within two minutes of its begin")
	}
	if c.Begin(at(3*time.Minute), false, false, parts(1)) == nil {
		t.Error("a session that was idle for three minutes is not evicted")
	}
	follower := c.Begin(at(3*time.Minute), false, true, parts(1))
	if follower == nil {
		t.Error("a follower's session does not evict a consumer's")
	}
	if c.Begin(at(time.Hour), false, false, parts(9)) != nil {
		t.Error("a follower's session is evicted for a consumer's")
	}
	if _, _, code := c.Open(at(time.Hour), fetch(first.ID(), 1, nil, nil), false,
		100); code != kafka.FetchSessionIDNotFound {
		t.Errorf("the evicted session answers %v", code)
	}
}

// After 2^31-1 comes 1; 0 and -1 mean something else (FetchMetadata.nextEpoch).
func TestTheEpochAfterTheLargestIsOne(t *testing.T) {
	for _, c := range []struct{ now, next int32 }{{1, 2}, {1<<31 - 2, 1<<31 - 1}, {1<<31 - 1, 1}} {
		s := Session[*part]{epoch: c.now}
		if s.use(env.Now{}); s.epoch != c.next {
			t.Errorf("after epoch %d comes %d, want %d", c.now, s.epoch, c.next)
		}
	}
}
