package replica

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// FetcherConfig says how fetchers ask. The names are Kafka's.
type FetcherConfig struct {
	MaxWait           time.Duration // replica.fetch.wait.max.ms
	MinBytes          int32         // replica.fetch.min.bytes
	MaxBytes          int32         // replica.fetch.response.max.bytes
	PartitionMaxBytes int32         // replica.fetch.max.bytes
	Backoff           time.Duration // replica.fetch.backoff.ms
	MaxPartitions     int           // in one request
	Version           int16         // of Fetch: 17 or 18
}

// Sender sends a fetcher's request to its source. -> Fetcher.Answer or Fetcher.Failed with the same token.
type Sender interface {
	Send(f *Fetcher, token uint64, req kmsg.Request)
}

// Fetcher asks one source broker on behalf of the replicas that follow it: one request at a time, for whoever is
// ready, those that got nothing last time first.
type Fetcher struct {
	cfg    *FetcherConfig
	broker *Config
	source env.NodeID
	sender Sender

	spots  []*spot // in the order they are asked for
	index  map[spotKey]*spot
	token  uint64
	asking bool        // a request is under way
	after  env.Instant // none before
	scan   int         // spots before it are not busy
	wait   env.Instant // until when to wait for those that are; Never: not waiting yet
}

type spotKey struct {
	topic     env.UUID
	partition env.PartitionID
}

// spot is one replica's place in a fetcher, and what was asked for it.
type spot struct {
	r      *Replica
	asked  bool
	looked lookup // ListOffsets was asked for it
	epoch  env.LeaderEpoch
	offset env.Offset
	served bool   // records came with the last answer
	turn   uint64 // the token of the request that asked for it last
}

// NewFetcher makes the fetcher of one source broker.
func NewFetcher(cfg *FetcherConfig, broker *Config, source env.NodeID, sender Sender) *Fetcher {
	return &Fetcher{cfg: cfg, broker: broker, source: source, sender: sender, index: map[spotKey]*spot{}, after: longAgo, wait: env.Never}
}

// Source is the broker it asks.
func (f *Fetcher) Source() env.NodeID { return f.source }

// Len is how many replicas it asks for.
func (f *Fetcher) Len() int { return len(f.spots) }

func keyOf(r *Replica) spotKey { return spotKey{r.topicID, r.tp.Partition} }

// Add takes a replica in. One that is there already stays where it is.
func (f *Fetcher) Add(r *Replica) {
	key := keyOf(r)
	if s := f.index[key]; s != nil && s.r == r {
		return
	}
	f.remove(key)
	s := &spot{r: r}
	f.index[key] = s
	f.spots = append(f.spots, s)
}

// Remove lets a replica go. What is answered for it is ignored.
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
	f.spots = slices.Delete(f.spots, slices.Index(f.spots, s), slices.Index(f.spots, s)+1)
	f.scan = 0
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
	for _, s := range f.spots {
		if s.r.role == Following && s.r.leader != NoNode && s.r.follow.delayed != longAgo {
			due = min(due, s.r.follow.delayed)
		}
	}
	return due
}

// rested waits until the logs have taken what the last answer brought, so that the next request can speak for all of
// them; but not for ever.
func (f *Fetcher) rested(now env.Now) bool {
	for f.scan < len(f.spots) && f.spots[f.scan].r.readiness(now) != busy {
		f.spots[f.scan].r.follow.wake(now)
		f.scan++
	}
	switch {
	case f.scan == len(f.spots), now.Mono >= f.wait:
		return true
	case f.wait == env.Never:
		f.wait = now.Mono.Add(f.cfg.MaxWait)
	}
	return false
}

// send has a request sent, and counts it.
func (f *Fetcher) send(req kmsg.Request) {
	f.token++
	f.asking = true
	f.sender.Send(f, f.token, req)
}
