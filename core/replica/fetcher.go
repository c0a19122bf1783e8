package replica

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// FetcherConfig is the configuration of all fetchers. The names are Kafka's.
type FetcherConfig struct {
	MaxWait           time.Duration // replica.fetch.wait.max.ms
	MinBytes          int32         // replica.fetch.min.bytes
	MaxBytes          int32         // replica.fetch.response.max.bytes
	PartitionMaxBytes int32         // replica.fetch.max.bytes
	Backoff           time.Duration // replica.fetch.backoff.ms
	MaxPartitions     int           // named in one request
	Version           int16         // of Fetch: 17 or 18
}

// Sender sends a fetcher's request to its source. -> Fetcher.Answer or Fetcher.Failed with the same token; until then
// the request stays as it is, and afterwards the fetcher uses it again.
type Sender interface {
	Send(f *Fetcher, token uint64, req kmsg.Request)
}

// Fetcher asks one source broker on behalf of the replicas that follow it: one request at a time, in a fetch session
// (KIP-227). What a request costs is in proportion to the replicas that have something new to say, or get something,
// not to those there are: each has itself looked at when it was settled ([Replica.Settle]).
type Fetcher struct {
	cfg    *FetcherConfig
	broker *Config
	source kafka.NodeID
	sender Sender

	index  map[spotKey]*spot
	topics map[kafka.UUID]*topicSpots
	spots  []*spot     // each at its place
	first  int         // where a full fetch begins
	look   []*spot     // whose replicas may want to ask for something else than before, in order
	token  uint64      // of the last request
	asking bool        // it is under way
	after  env.Instant // none before
	scan   int         // of look; none before it is busy
	wait   env.Instant // until when to wait for those that are; Never: not waiting yet

	session session
	members int     // in the session, with the request that is under way
	left    []*spot // that were members, and that no request has forgotten yet
	req     *kmsg.FetchRequest
	built   uint64 // how often it was
	named   int    // partitions in it
	stopped int    // where a full fetch ended that did not come to everybody
}

type spotKey struct {
	topic     kafka.UUID
	partition kafka.PartitionID
}

// spot is one replica's place in a fetcher, and what was asked for it.
type spot struct {
	r        *Replica
	f        *Fetcher
	key      spotKey
	topic    *topicSpots
	place    int      // in Fetcher.spots
	gone     bool     // it was removed
	queued   bool     // it is in Fetcher.look
	member   bool     // the source fetches for it, as it said
	said     position // last
	vain     bool     // what was answered last was not taken, and the source believes it was
	heldBack uint64   // of which request: it forgets another one in this place
	answered uint64   // the token of the last request that was answered for it
	asked    lookup   // with ListOffsets, …
	askedAt  uint64   // … in the request with this token, …
	epoch    kafka.LeaderEpoch
}

// position is what a fetch carries of a follower.
type position struct {
	epoch       kafka.LeaderEpoch
	offset      kafka.Offset
	lastFetched kafka.LeaderEpoch
	logStart    kafka.Offset
}

// topicSpots is a topic of some spots, and where it is in a request.
type topicSpots struct {
	id               kafka.UUID
	spots            int
	named, forgotten placeInRequest
}

type placeInRequest struct {
	request uint64 // Fetcher.built
	at      int
}

// NewFetcher makes the fetcher of one source broker.
func NewFetcher(cfg *FetcherConfig, broker *Config, source kafka.NodeID, sender Sender) *Fetcher {
	return &Fetcher{cfg: cfg, broker: broker, source: source, sender: sender, index: map[spotKey]*spot{},
		topics: map[kafka.UUID]*topicSpots{}, after: longAgo, wait: env.Never, req: kmsg.NewPtrFetchRequest()}
}

// Source is the broker it asks.
func (f *Fetcher) Source() kafka.NodeID { return f.source }

// Len is how many replicas it asks for.
func (f *Fetcher) Len() int { return len(f.spots) }

func keyOf(r *Replica) spotKey { return spotKey{r.p.topicID, r.p.tp.Partition} }

// Add adds a replica. One that is there already stays where it is.
func (f *Fetcher) Add(r *Replica) {
	key := keyOf(r)
	if s := f.index[key]; s != nil && s.r == r {
		return
	}
	f.remove(key)
	s := &spot{r: r, f: f, key: key, topic: f.topicOf(key.topic), place: len(f.spots)}
	s.topic.spots++
	r.spot = s
	f.index[key] = s
	f.spots = append(f.spots, s)
	s.touch()
}

func (f *Fetcher) topicOf(id kafka.UUID) *topicSpots {
	t := f.topics[id]
	if t == nil {
		t = &topicSpots{id: id}
		f.topics[id] = t
	}
	return t
}

// Remove removes a replica. What is answered for it is ignored.
func (f *Fetcher) Remove(r *Replica) {
	if s := f.index[keyOf(r)]; s != nil && s.r == r {
		f.remove(keyOf(r))
	}
}

func (f *Fetcher) remove(key spotKey) {
	s := f.index[key]
	if s == nil {
		return
	}
	delete(f.index, key)
	if s.topic.spots--; s.topic.spots == 0 {
		delete(f.topics, key.topic)
	}
	last := len(f.spots) - 1
	if f.spots[s.place] != s {
		must.Fail("replica: %s is not at its place %d in the fetcher of broker %d; was it removed twice?", s.r.p.tp,
			s.place, f.source)
	}
	f.spots[s.place] = f.spots[last]
	f.spots[s.place].place = s.place
	f.spots[last] = nil
	f.spots = f.spots[:last]
	if s.gone = true; s.r.spot == s {
		s.r.spot = nil
	}
	if s.member {
		f.members--
		must.AtLeast("replica: members of the session", f.members, "none", 0, f.source, "did a member leave twice?")
		f.left = append(f.left, s)
	}
}

// touch has the spot looked at before the next request.
func (s *spot) touch() {
	if s != nil && !s.queued && !s.gone {
		s.queued = true
		s.f.look = append(s.f.look, s)
	}
}

// Settle sends the next request if there is something to ask. Call it after every call of the fetcher, and after
// the replicas in it were settled.
func (f *Fetcher) Settle(now env.Now) {
	if f.asking || now.Mono < f.after {
		return
	}
	f.after = longAgo
	if !f.rested(now) {
		return
	}
	f.scan, f.wait = 0, env.Never
	if f.sendLookups(now) {
		return
	}
	f.sendFetch(now)
}

// Tick does what is due.
func (f *Fetcher) Tick(now env.Now) { f.Settle(now) }

// Deadline is when Tick has something to do.
func (f *Fetcher) Deadline() env.Instant {
	switch {
	case f.asking || len(f.spots) == 0:
		return env.Never
	case f.wait != env.Never:
		return f.wait
	case f.after != longAgo:
		return f.after
	}
	return f.earliest()
}

// earliest is when the first of the delayed replicas may be asked for.
func (f *Fetcher) earliest() env.Instant {
	due := env.Never
	for _, s := range f.look {
		if !s.gone && s.r.following.isDelayed() {
			due = min(due, s.r.following.delayed)
		}
	}
	return due
}

// rested waits until the logs have taken what the last answer brought, so that the next request can speak for all of
// them; but not for ever.
func (f *Fetcher) rested(now env.Now) bool {
	for f.scan < len(f.look) && (f.look[f.scan].gone || f.look[f.scan].r.following.readiness(now) != busy) {
		f.scan++
	}
	switch {
	case f.scan == len(f.look), now.Mono >= f.wait:
		return true
	case f.wait == env.Never:
		f.wait = now.Mono.Add(f.cfg.MaxWait)
	}
	return false
}

// send has a request sent, and counts it.
func (f *Fetcher) send(req kmsg.Request) {
	if f.asking {
		must.Fail("replica: the fetcher of broker %d sends request %d while %d is under way; was Settle called in between?",
			f.source, f.token+1, f.token)
	}
	f.token++
	f.asking = true
	f.sender.Send(f, f.token, req)
}
