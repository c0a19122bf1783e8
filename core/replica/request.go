package replica

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/must"
)

// sendFetch fetches for every replica that is ready: in a session it names only those whose position is new, and leaves
// the others out, or forgets them.
func (f *Fetcher) sendFetch(now env.Now) {
	f.begin()
	if f.session.isFull() {
		f.beginFull()
	}
	f.forgetLeft()
	kept := f.look[:0]
	for _, s := range f.look {
		if s.queued = f.update(now, s); s.queued {
			kept = append(kept, s)
		}
	}
	clear(f.look[len(kept):])
	f.look = kept
	switch {
	case f.members > 0:
		f.send(f.req)
	case !f.session.isFull(): // nothing is left of it
		f.session.end()
		f.sendFetch(now)
	}
}

// begin empties the request for its next use.
func (f *Fetcher) begin() {
	f.built++
	topics, forgotten := f.req.Topics[:0], f.req.ForgottenTopics[:0]
	*f.req = kmsg.NewFetchRequest()
	f.req.Topics, f.req.ForgottenTopics, f.named = topics, forgotten, 0
	f.req.Version = f.cfg.Version
	f.req.ReplicaState.ID, f.req.ReplicaState.Epoch = int32(f.broker.Node), int64(f.broker.Epoch)
	f.req.MaxWaitMillis, f.req.MinBytes, f.req.MaxBytes = int32(f.cfg.MaxWait.Milliseconds()), f.cfg.MinBytes,
		f.cfg.MaxBytes
	f.req.SessionID, f.req.SessionEpoch = f.session.id, f.session.epoch
}

// beginFull has every replica looked at, whatever the source may remember.
func (f *Fetcher) beginFull() {
	clear(f.look)
	clear(f.left)
	f.look, f.left, f.members = f.look[:0], f.left[:0], 0
	f.first %= max(len(f.spots), 1)
	for i := range f.spots {
		s := f.spots[(f.first+i)%len(f.spots)]
		s.member, s.vain = false, false
		f.look = append(f.look, s)
	}
	f.stopped = f.first
}

// update decides whether a spot is named, forgotten, or neither, and reports whether it is to be looked at again even
// if nothing happens to its replica.
func (f *Fetcher) update(now env.Now, s *spot) (again bool) {
	if s.gone {
		return false
	}
	s.r.following.wake(now)
	state := s.r.following.readiness(now)
	hasRoom := s.heldBack != f.built && f.named < f.cfg.MaxPartitions
	switch {
	case s.member && (state != ready || s.vain):
		f.drop(s)
	case state == ready && s.member && s.said == s.r.following.position():
		return false
	case state == ready && hasRoom:
		f.name(s)
		return false
	}
	if state == ready {
		f.hurry()
	}
	return state != away || s.r.following.isDelayed()
}

// hurry has the source answer at once: a replica waits for the next request, to be named in it. Where no session goes
// on it could be so for ever.
func (f *Fetcher) hurry() {
	if !f.session.isFull() {
		f.req.MaxWaitMillis = 0
	}
}

// drop leaves a spot out of the session: its replica cannot fetch any more as it said, or has not used what the
// source will therefore not send again.
func (f *Fetcher) drop(s *spot) {
	s.member, s.vain = false, false
	f.members--
	must.AtLeast("replica: members of the session", f.members, "none", 0, f.source, "did a member leave twice?")
	f.forget(s)
}

// name asks for the spot's partition.
func (f *Fetcher) name(s *spot) {
	if !s.member {
		s.member = true
		f.members++
	}
	s.said = s.r.following.position()
	f.named++
	f.stopped = s.place + 1
	p := kmsg.NewFetchRequestTopicPartition()
	p.Partition, p.CurrentLeaderEpoch, p.FetchOffset = int32(s.key.partition), int32(s.said.epoch), int64(s.said.offset)
	p.LastFetchedEpoch, p.LogStartOffset = int32(s.said.lastFetched), int64(s.said.logStart)
	p.PartitionMaxBytes = f.cfg.PartitionMaxBytes
	t := &f.req.Topics[f.topicAt(s.topic)]
	t.Partitions = append(t.Partitions, p)
}

// topicAt is where a topic is in the request.
func (f *Fetcher) topicAt(t *topicSpots) int {
	if t.named.request == f.built {
		return t.named.at
	}
	n := len(f.req.Topics)
	t.named = placeInRequest{f.built, n}
	f.req.Topics = extended(f.req.Topics)
	topic := &f.req.Topics[n]
	partitions := topic.Partitions[:0]
	*topic = kmsg.NewFetchRequestTopic()
	topic.TopicID, topic.Partitions = t.id, partitions
	return n
}

// extended makes a slice one longer. What lies there may have been used before, and keeps its memory.
func extended[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var more T
	return append(s, more)
}

// forget has the source not fetch for the spot any more. A full request does so by not naming it.
func (f *Fetcher) forget(s *spot) {
	if f.session.isFull() {
		return
	}
	t := s.topic
	if t.forgotten.request != f.built {
		n := len(f.req.ForgottenTopics)
		t.forgotten = placeInRequest{f.built, n}
		f.req.ForgottenTopics = extended(f.req.ForgottenTopics)
		topic := &f.req.ForgottenTopics[n]
		partitions := topic.Partitions[:0]
		*topic = kmsg.NewFetchRequestForgottenTopic()
		topic.TopicID, topic.Partitions = t.id, partitions
	}
	topic := &f.req.ForgottenTopics[t.forgotten.at]
	topic.Partitions = append(topic.Partitions, int32(s.key.partition))
}

// forgetLeft forgets those that were removed. Others that are in their places wait for the next request: within one a
// source adds first, and then forgets.
func (f *Fetcher) forgetLeft() {
	for _, s := range f.left {
		f.forget(s)
		if other := f.index[s.key]; other != nil {
			other.heldBack = f.built
		}
	}
	clear(f.left)
	f.left = f.left[:0]
}

// sendLookups asks for the leader's end or start where a fetch was out of range, and reports whether it did.
func (f *Fetcher) sendLookups(now env.Now) bool {
	var req *kmsg.ListOffsetsRequest
	for _, s := range f.look {
		if s.gone || s.r.following.lookup == askNothing || s.r.following.readiness(now) != ready {
			continue
		}
		if req == nil {
			req = kmsg.NewPtrListOffsetsRequest()
			req.Version, req.ReplicaID = listOffsetsVersion, int32(f.broker.Node)
		}
		if len(req.Topics) == f.cfg.MaxPartitions {
			break
		}
		f.lookUp(req, s)
	}
	if req == nil {
		return false
	}
	f.send(req)
	return true
}

// lookUp asks the question of one replica.
func (f *Fetcher) lookUp(req *kmsg.ListOffsetsRequest, s *spot) {
	r := s.r
	s.asked, s.askedAt, s.epoch = r.following.lookup, f.token+1, r.p.epoch
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.CurrentLeaderEpoch, p.Timestamp = int32(r.p.tp.Partition), int32(r.p.epoch),
		r.following.lookup.timestamp()
	topic := kmsg.NewListOffsetsRequestTopic()
	topic.Topic = r.p.tp.Topic
	topic.Partitions = append(topic.Partitions, p)
	req.Topics = append(req.Topics, topic)
}

// listOffsetsVersion is the version of ListOffsets that followers ask with.
const listOffsetsVersion = 7
