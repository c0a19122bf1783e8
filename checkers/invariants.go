package checkers

import (
	"fmt"

	"gregor/core/env"
)

// Invariants is the observer of all that must hold after every event. Its checks, each in the file of that
// name, are: appended, recovered, highwatermark, flushed, logstart, truncated, cleaned, fenced, leader,
// producerstate, logmatching, acknowledged, visible, generation, ownership, commits.
//
// It expects one fact after the other, in the order of the run, and to hear of every mishap.
type Invariants struct {
	nodes    map[string]*node
	parts    map[env.TopicPartition]*partition
	groups   map[string]*group
	clients  map[string]*client
	findings []Finding
	now      Stamped

	// What was asked for lately: the same few names come again and again.
	recentParts   [8]*partition
	recentClients [8]*client
}

// NewInvariants starts watching a run.
func NewInvariants() *Invariants {
	return &Invariants{nodes: map[string]*node{}, parts: map[env.TopicPartition]*partition{},
		groups: map[string]*group{}, clients: map[string]*client{}}
}

// node is a broker.
type node struct {
	up      bool // it has told Started, and nothing has befallen it since
	stopped bool // its last life ended on request
	befell  Mishap
	damaged bool   // its disk has broken its promises once
	unsure  Mishap // a sync may have failed in this life
}

// partition is what all brokers' facts about a partition add up to.
type partition struct {
	env.TopicPartition
	replicas  []*replica
	leader    string
	epoch     env.LeaderEpoch
	committed env.Offset // everything below has been readable at some time
}

// replica is one broker's log of a partition.
type replica struct {
	part       *partition
	name       string
	node       *node
	known      bool // whether start and end are
	start, end env.Offset
	flushed    env.Offset
	high       env.Offset
	fenced     bool
	leads      bool
	reloading  bool // a truncation has been told, a recovery follows
	batches    batchLog
	producers  map[env.ProducerID]*producerState
}

// Observe takes the next fact.
func (v *Invariants) Observe(s Stamped) []Finding {
	v.findings, v.now = v.findings[:0], s
	switch f := s.Fact.(type) {
	case env.Appended:
		v.appended(v.replica(s.Node, f.TopicPartition), &f)
	case env.HighWatermarkAdvanced:
		v.highWatermark(v.replica(s.Node, f.TopicPartition), f)
	case env.Flushed:
		v.flushed(v.replica(s.Node, f.TopicPartition), f)
	case env.Polled:
		v.visible(&f)
	case env.ProduceCalled:
		v.client(f.Client).produces[f.Call] = f.Acks
	case env.ProduceReturned:
		v.acknowledged(&f)
	case env.Processed, env.PositionSet, env.CommitCalled:
		v.commits(s.Fact)
	default:
		v.rare(s)
	}
	return v.findings
}

func (v *Invariants) rare(s Stamped) {
	switch f := s.Fact.(type) {
	case env.BecameLeader:
		v.becameLeader(v.replica(s.Node, f.TopicPartition), f)
	case env.LogRecovered:
		v.recovered(v.replica(s.Node, f.TopicPartition), f)
	case env.LogStartAdvanced:
		v.logStart(v.replica(s.Node, f.TopicPartition), f)
	case env.LogTruncated:
		v.truncated(v.replica(s.Node, f.TopicPartition), f)
	case env.Cleaned:
		v.cleaned(v.replica(s.Node, f.TopicPartition), f)
	case env.PartitionFenced:
		v.replica(s.Node, f.TopicPartition).fenced = true
	case env.DuplicateDropped:
		v.duplicateDropped(v.replica(s.Node, f.TopicPartition), f)
	case env.Started:
		v.started(s.Node)
	case env.Stopped:
		n := v.node(s.Node)
		n.up, n.stopped, n.befell = false, true, Mishap{}
		v.restarted(s.Node)
	case env.GroupRebalanced, env.GroupMemberGone:
		v.generations(s.Fact)
	case env.PartitionsAssigned, env.PartitionsRevoked:
		v.ownership(s.Fact)
	case env.ClientCrashed:
		v.clientGone(f.Client)
	case env.ClientClosed:
		v.clientGone(f.Client)
	}
}

// Befell takes what the runner did to a node.
func (v *Invariants) Befell(m Mishap) {
	n := v.node(m.Node)
	switch m.Kind {
	case DiskDamage:
		n.damaged = true
		return
	case SyncFailed:
		n.unsure = m
		return
	}
	n.up, n.stopped, n.befell = false, false, m
	v.restarted(m.Node)
}

// started begins a node's life. One that was up has lost its disk, and its life with it.
func (v *Invariants) started(name string) {
	n := v.node(name)
	if n.up {
		v.restarted(name)
	}
	n.up, n.unsure = true, Mishap{}
}

func (v *Invariants) node(name string) *node {
	n := v.nodes[name]
	if n == nil {
		n = new(node)
		v.nodes[name] = n
	}
	return n
}

func (v *Invariants) partition(tp env.TopicPartition) *partition {
	p := v.seen(tp)
	if p == nil {
		p = &partition{TopicPartition: tp, epoch: -1}
		v.parts[tp] = p
	}
	return p
}

// seen is a partition somebody told of, nil if nobody did.
func (v *Invariants) seen(tp env.TopicPartition) *partition {
	recent := &v.recentParts[(len(tp.Topic)+int(tp.Partition))&7]
	if *recent == nil || (*recent).TopicPartition != tp {
		*recent = v.parts[tp]
	}
	return *recent
}

func (v *Invariants) replica(name string, tp env.TopicPartition) *replica {
	p := v.partition(tp)
	for _, r := range p.replicas {
		if r.name == name {
			return r
		}
	}
	r := &replica{part: p, name: name, node: v.node(name), producers: map[env.ProducerID]*producerState{}}
	p.replicas = append(p.replicas, r)
	return r
}

func (v *Invariants) find(check string, tp env.TopicPartition, o env.Offset, format string, args ...any) *Finding {
	v.findings = append(v.findings, Finding{Check: check, Sentence: fmt.Sprintf(format, args...), Partition: tp,
		Offset: o, Event: v.now.Event})
	return &v.findings[len(v.findings)-1]
}

// client is what the invariants know of a client.
type client struct {
	name     string
	produces map[uint64]int16 // acks of the calls under way
	reached  map[progressKey]*env.Offset
	started  map[env.TopicPartition]env.Offset
}

func (v *Invariants) client(name string) *client {
	recent := &v.recentClients[0]
	if n := len(name); n > 0 {
		recent = &v.recentClients[(n+int(name[n-1]))&7]
	}
	if *recent != nil && (*recent).name == name {
		return *recent
	}
	c := v.clients[name]
	if c == nil {
		c = &client{name: name, produces: map[uint64]int16{}, reached: map[progressKey]*env.Offset{},
			started: map[env.TopicPartition]env.Offset{}}
		v.clients[name] = c
	}
	*recent = c
	return c
}

func (v *Invariants) clientGone(name string) {
	delete(v.clients, name)
	v.recentClients = [8]*client{}
	v.ownerGone(name)
}

// InvariantNames lists the properties that Invariants watches.
func InvariantNames() []string {
	return []string{
		"append-contiguous", "offset-changed", "epoch-back",
		"recovered-lost-flushed", "recovered-lost-committed", "recovered-lost-clean", "recovered-beyond-end",
		"high-watermark-back", "high-watermark-beyond-end",
		"flushed-beyond-end", "flushed-back",
		"log-start-back", "log-start-beyond-high-watermark",
		"truncated-committed",
		"cleaned-beyond-high-watermark", "cleaned-made-records",
		"fenced-partition-moved",
		"two-leaders", "leader-epoch-back", "log-matching",
		"duplicate-append", "sequence-gap", "zombie-append", "duplicate-answer",
		"acked-before-committed", "dirty-read",
		"generation-back", "two-owners", "assigned-generation-back",
		"committed-too-far",
	}
}
