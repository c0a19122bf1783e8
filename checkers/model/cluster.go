package model

import (
	"gregor/checkers/history"
	"gregor/core/env"
)

// Configuration is what a run's configuration promises, beyond what the facts say by themselves.
type Configuration struct {
	// Voters are the names of the nodes that vote in the metadata quorum. Without them the nodes that were seen to vote
	// count, and a majority can only be judged roughly.
	Voters []string
	// DirectoryIDs: the voters are named with the ids of their directories, so a voter that returns with an emptied disk
	// is no voter any more (KIP-853).
	DirectoryIDs bool
	// WithoutELR: no eligible leader replicas are kept (eligible.leader.replicas.version is 0). Then the last member of an
	// ISR is elected again whatever a power cut took from it.
	WithoutELR bool
	// UncleanAllowed reports whether unclean.leader.election.enable is set for a topic; nil: it may be for any.
	UncleanAllowed func(topic string) bool
}

// Cluster is what the facts of all nodes add up to.
type Cluster struct {
	Config  Configuration
	Brokers Brokers
	Quorum  Quorum

	nodes   map[string]*Node
	ids     map[env.NodeID]*Node
	names   map[env.TopicPartition]*Incarnations
	order   []*Incarnations
	groups  map[string]*Group
	offsets map[GroupPartition]*Offsets
	clients map[string]*Client

	// What was asked for lately: the same few names come again and again.
	recentNames   [8]*Incarnations
	recentClients [8]*Client
}

// New returns a cluster of which nothing is known.
func New() *Cluster {
	return &Cluster{nodes: map[string]*Node{}, ids: map[env.NodeID]*Node{}, names: map[env.TopicPartition]*Incarnations{},
		groups: map[string]*Group{}, offsets: map[GroupPartition]*Offsets{}, clients: map[string]*Client{},
		Brokers: newBrokers(), Quorum: newQuorum()}
}

// Step is one fact, and what it is about.
type Step struct {
	history.Stamped
	Cluster   *Cluster
	Emitter   *Node      // the node that emitted it; nil if a client did
	Replica   *Replica   // of a fact about a partition on that node; nil: it is not known
	Partition *Partition // of a fact about one
}
