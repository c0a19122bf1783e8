package checkers

import (
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
)

// slot is a partition's name. Topics that were deleted and made again had it before: each is a life of its own.
type slot struct {
	env.TopicPartition
	lives    []*partition // the newest last
	replicas []*replica   // the newest of each node
}

// maxLives bounds how many topics of one name are remembered.
const maxLives = 16

// partition is what all brokers' facts about a partition add up to.
type partition struct {
	env.TopicPartition
	topic    env.UUID
	named    bool // topic is known
	again    bool // another topic had its name before
	replicas []*replica
	leader   *replica // the newest, as the replicas tell
	epoch    env.LeaderEpoch
	leaders  []leadership // the youngest of them
	exposed  env.Offset   // everything below has been readable at some time
	truth    truth
	cleaned  env.Offset // below, compaction has changed batches
	losses   []loss
	image    image
}

// leadership is who led an epoch.
type leadership struct {
	epoch  env.LeaderEpoch
	leader *replica
}

// replica is one broker's log of a partition.
type replica struct {
	part       *partition
	name       string
	node       *node
	known      bool // whether start and end are
	opened     bool // its log was, once
	start, end env.Offset
	began      env.Offset // the highest start it has told, in any life
	flushed    env.Offset
	high       env.Offset
	highTold   bool       // since the log was opened
	counted    env.Offset // a leader has committed everything below on its word, too: it has written that
	fenced     bool
	cutting    cutting
	reloading  bool          // a truncation has been told, a recovery follows
	recovering bool          // the node's life has ended, and the log was not opened since
	took       history.Fault // the latest that may have taken records since it was opened
	closed     bool          // it was open when its broker stopped on request, and no power cut has come since
	clean      bool          // it was opened after a clean stop
	batches    batchLog
	producers  map[env.ProducerID]*producerState
	view       *view // of its node; nil: nothing told
	role       role
	placed     bool            // it has told a role once
	led        bool            // it led when its node's last life ended
	epoch      env.LeaderEpoch // of its role, noEpoch
	follows    env.NodeID
	isr        []env.NodeID // a leader's, as it knows them
	proposed   []env.NodeID
	left       [8]epochEnd // where its log ended when it left older epochs
	leaving    int
	hurts      []hurt
	reported   map[string]bool // what was found once and need not be told with every record
}

// role is what a replica does.
type role uint8

const (
	idle role = iota
	leading
	following
)

// epochEnd is where a log ended when its replica left an epoch.
type epochEnd struct {
	epoch env.LeaderEpoch
	end   env.Offset
}

// leave notes where the log ended in the epoch that the replica was in.
func (r *replica) leave(next env.LeaderEpoch) {
	if r.epoch >= 0 && r.epoch != next {
		r.left[r.leaving%len(r.left)] = epochEnd{r.epoch, r.end}
		r.leaving++
	}
	r.epoch = next
}

// reached says that the log was known to end at or beyond an offset when the replica left an epoch.
func (r *replica) reached(epoch env.LeaderEpoch, to env.Offset) bool {
	return slices.ContainsFunc(r.left[:], func(l epochEnd) bool { return l.epoch == epoch && l.end >= to })
}

// decides says that a replica's high watermark is its own and not its leader's. A history that tells no roles is that
// of a broker that leads everything.
func (r *replica) decides() bool { return r.role == leading || !r.placed }

// once says whether something has not been found yet since the last time it was in order.
func (r *replica) once(what string) bool {
	if r.reported[what] {
		return false
	}
	if r.reported == nil {
		r.reported = map[string]bool{}
	}
	r.reported[what] = true
	return true
}

// alone says that the partition has one replica only: what that has lost, all have.
func (p *partition) alone() bool {
	return len(p.replicas) <= 1 && (!p.image.told || len(p.image.Replicas) <= 1)
}

// of is a broker's replica, nil if it has told of none.
func (p *partition) of(id env.NodeID) *replica {
	for _, r := range p.replicas {
		if r.node.identified && r.node.id == id {
			return r
		}
	}
	return nil
}

// slot is a partition's name, with all that is known under it.
func (v *Invariants) slot(tp env.TopicPartition) *slot {
	s := v.seen(tp)
	if s == nil {
		s = &slot{TopicPartition: tp}
		s.live(env.UUID{}, false)
		v.slots[tp] = s
		v.order = append(v.order, s)
	}
	return s
}

// seen is a partition's name that somebody told of, nil if nobody did.
func (v *Invariants) seen(tp env.TopicPartition) *slot {
	recent := &v.recentSlots[(len(tp.Topic)+int(tp.Partition))&7]
	if *recent == nil || (*recent).TopicPartition != tp {
		*recent = v.slots[tp]
	}
	return *recent
}

func (s *slot) newest() *partition { return s.lives[len(s.lives)-1] }

// live begins a new life.
func (s *slot) live(topic env.UUID, named bool) *partition {
	if len(s.lives) >= maxLives {
		s.lives = slices.Delete(s.lives, 0, 1)
	}
	p := &partition{TopicPartition: s.TopicPartition, topic: topic, named: named, epoch: noEpoch,
		truth: truth{by: noEpoch, forked: noEpoch}}
	s.lives = append(s.lives, p)
	return p
}

// life is the life of a topic id. The first id to be told names the life there is.
func (s *slot) life(topic env.UUID) *partition {
	for _, p := range s.lives {
		if p.named && p.topic == topic {
			return p
		}
	}
	if p := s.newest(); !p.named {
		p.topic, p.named = topic, true
		return p
	}
	p := s.live(topic, true)
	p.again = true
	return p
}

// exposed is below what records could be read at some time, in any life: an answer may still be on its way.
func (s *slot) exposed() env.Offset {
	to := env.Offset(0)
	for _, p := range s.lives {
		to = max(to, p.exposed)
	}
	return to
}

// told says whether any broker told of the partition's log.
func (s *slot) told() bool { return len(s.replicas) > 0 }

func (v *Invariants) replica(name string, tp env.TopicPartition) *replica {
	s := v.slot(tp)
	for _, r := range s.replicas {
		if r.name == name {
			return r
		}
	}
	n := v.node(name)
	p := s.newest()
	w := n.views[tp]
	if w != nil {
		p = s.life(w.topic)
	}
	return s.open(p, n, w)
}

// open makes a node's replica of one of the lives.
func (s *slot) open(p *partition, n *node, w *view) *replica {
	r := &replica{part: p, name: n.name, node: n, view: w, epoch: noEpoch, producers: map[env.ProducerID]*producerState{}}
	for i := range r.left {
		r.left[i].epoch = noEpoch
	}
	p.replicas = append(p.replicas, r)
	s.replicas = append(s.replicas, r)
	n.replicas = append(n.replicas, r)
	return r
}

// attach has a node's replica be the one of the life that its metadata speaks of. A node that starts again reads of the
// older lives again.
func (s *slot) attach(p *partition, n *node, w *view) {
	mine := func(r *replica) bool { return r.node == n }
	if i := slices.IndexFunc(s.replicas, mine); i >= 0 {
		s.replicas[i].view = w
		if s.replicas[i].part == p {
			return
		}
		s.replicas = slices.Delete(s.replicas, i, i+1)
	}
	if i := slices.IndexFunc(p.replicas, mine); i >= 0 {
		s.replicas = append(s.replicas, p.replicas[i])
	}
}

// forget empties a replica: it begins anew.
func (r *replica) forget() {
	r.flushed, r.high, r.highTold, r.counted = 0, 0, false, 0
	r.batches, r.producers = batchLog{}, map[env.ProducerID]*producerState{}
}

// cut forgets what a replica held from an offset on.
func (r *replica) cut(to env.Offset) {
	r.end = min(r.end, to)
	r.flushed = min(r.flushed, to)
	r.high = min(r.high, to)
	r.counted = min(r.counted, to)
	r.batches.cut(to)
	r.rewindProducers(to)
}
