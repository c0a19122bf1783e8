package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
)

// Invariants is the observer of all that must hold after every event, of one broker or of a cluster. Each of its
// checks has a file of its own; [InvariantNames] lists them.
//
// It expects one fact after the other, in the order of the run, and to hear of every mishap. What can only be judged
// when a node has told everything about an event is judged with the first fact of the next one: [Invariants.Finish]
// judges what is left at the end.
type Invariants struct {
	config   Configuration
	nodes    map[string]*node
	ids      map[env.NodeID]*node
	slots    map[env.TopicPartition]*slot
	order    []*slot
	groups   map[string]*group
	offsets  map[progressKey]*register
	clients  map[string]*client
	cluster  cluster
	quorum   quorum
	findings []Finding
	overdue  []Finding // found between two facts
	pending  []func()  // to be judged when the event is over
	now      history.Stamped

	// What was asked for lately: the same few names come again and again.
	recentSlots   [8]*slot
	recentClients [8]*client
}

// Configuration is what a run's configuration promises, beyond what the facts say by themselves.
type Configuration struct {
	// Voters are the names of the nodes that vote in the metadata quorum. Without them those that were seen to vote
	// count, and a majority can only be judged roughly.
	Voters []string
	// DirectoryIDs says that the voters are named with the ids of their directories: who comes back with an emptied disk is none
	// of them (KIP-853).
	DirectoryIDs bool
	// WithoutELR says that no eligible leader replicas are kept (eligible.leader.replicas.version is 0): then the last
	// member of an ISR leads again whatever a power cut took from it.
	WithoutELR bool
	// UncleanAllowed says whether unclean.leader.election.enable is set for a topic; nil: it may be for any.
	UncleanAllowed func(topic string) bool
}

// NewInvariants starts watching a run.
func NewInvariants() *Invariants {
	return &Invariants{nodes: map[string]*node{}, ids: map[env.NodeID]*node{}, slots: map[env.TopicPartition]*slot{},
		groups: map[string]*group{}, offsets: map[progressKey]*register{}, clients: map[string]*client{},
		cluster: newCluster(), quorum: newQuorum()}
}

// Configure says what the run's configuration promises. Call it before the first fact.
func (v *Invariants) Configure(c Configuration) { v.config = c }

// Observe takes the next fact.
func (v *Invariants) Observe(s history.Stamped) []Finding {
	v.findings = append(v.findings[:0], v.overdue...)
	v.overdue = v.overdue[:0]
	if s.Event != v.now.Event {
		v.settle()
	}
	v.now = s
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
	case env.Processed:
		v.processed(f)
	default:
		v.rare(s)
	}
	return v.findings
}

// rare takes what happens less often.
func (v *Invariants) rare(s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.BecameLeader:
		v.becameLeader(v.replica(s.Node, f.TopicPartition), f)
	case env.BecameFollower:
		v.becameFollower(v.replica(s.Node, f.TopicPartition), f)
	case env.IsrChanged:
		v.isrChanged(v.replica(s.Node, f.TopicPartition), f)
	case env.IsrProposed:
		v.isrProposed(v.replica(s.Node, f.TopicPartition), f)
	case env.EpochBegun:
		v.epochBegun(v.replica(s.Node, f.TopicPartition), f)
	case env.FollowerHeard:
		v.followerHeard(v.replica(s.Node, f.TopicPartition), f)
	case env.ReplicaDropped:
		v.dropped(s.Node, f)
	case env.RecordsDeleted:
		v.recordsDeleted(v.replica(s.Node, f.TopicPartition), f)
	case env.LogCutting:
		v.cutBegins(v.replica(s.Node, f.TopicPartition), f)
	case env.LogTruncated:
		v.truncated(v.replica(s.Node, f.TopicPartition), f)
	case env.Cleaning:
		v.cleaning(v.replica(s.Node, f.TopicPartition), f)
	case env.Cleaned:
		v.cleaned(v.replica(s.Node, f.TopicPartition), f)
	case env.DuplicateDropped:
		v.duplicateDropped(v.replica(s.Node, f.TopicPartition), f)
	case env.LogRecovered, env.LogStartAdvanced, env.PartitionFenced:
		v.logOrQuorum(s)
	case env.GroupRebalanced, env.GroupMemberGone:
		v.generations(s.Fact)
	case env.GroupOffsetCommitted:
		v.offsetStored(&f)
	case env.PartitionsAssigned, env.PartitionsRevoked:
		v.ownership(s.Fact)
	case env.PositionSet:
		v.positioned(f)
	case env.CommitCalled:
		v.committing(&f)
	case env.CommitReturned:
		v.committed(&f)
	case env.ClientCrashed:
		v.clientGone(f.Client)
	case env.ClientClosed:
		v.clientGone(f.Client)
	default:
		v.ofCluster(s)
	}
}

// logOrQuorum takes facts that the log of a partition tells, and that of the metadata quorum under its own name.
func (v *Invariants) logOrQuorum(s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.LogRecovered:
		if f.Topic == metadataTopic {
			v.quorumRecovered(v.node(s.Node), f)
			return
		}
		if r := v.replicaOf(s.Node, f.TopicPartition, f.TopicID); r != nil {
			v.recovered(r, f)
		}
	case env.LogStartAdvanced:
		if f.Topic == metadataTopic {
			v.quorumLogStart(v.node(s.Node), f)
			return
		}
		v.logStart(v.replica(s.Node, f.TopicPartition), f)
	case env.PartitionFenced:
		if f.Topic != metadataTopic {
			v.replica(s.Node, f.TopicPartition).fenced = true
		}
	}
}

// ofCluster takes what nodes tell of their lives, of the metadata and of its quorum.
func (v *Invariants) ofCluster(s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.Started:
		v.started(v.identify(s.Node, f.Node))
	case env.Stopped:
		v.stopped(v.node(s.Node))
	case env.GaveUp:
		v.gaveUp(v.node(s.Node))
	case env.Registered:
		v.registered(v.identify(s.Node, f.Node), f)
	case env.ActiveController:
		v.activeController(v.identify(s.Node, f.Node), f)
	case env.ControllerResigned:
		v.controllerResigned(v.node(s.Node), f)
	case env.BrokerStanding:
		v.brokerStanding(f)
	case env.PartitionChanged:
		v.partitionChanged(v.node(s.Node), &f)
	case env.MetadataApplied:
		v.metadataApplied(f)
	case env.QuorumAppended:
		v.quorumAppended(v.identify(s.Node, f.Node), f)
	case env.QuorumFlushed:
		v.quorumFlushed(v.identify(s.Node, f.Node), f)
	case env.QuorumHighWatermark:
		v.quorumHighWatermark(v.identify(s.Node, f.Node), f)
	case env.BecameQuorumLeader:
		v.quorumLeads(v.identify(s.Node, f.Node), f)
	case env.QuorumResigned:
		v.quorumResigned(v.identify(s.Node, f.Node), f)
	case env.QuorumVoted:
		v.quorumVoted(v.identify(s.Node, f.Node), f)
	case env.QuorumCutting:
		v.quorumCutBegins(v.identify(s.Node, f.Node), f)
	case env.QuorumTruncated:
		v.quorumTruncated(v.identify(s.Node, f.Node), f)
	case env.QuorumSnapshotted:
		v.quorumSnapshotted(v.identify(s.Node, f.Node), f)
	}
}

// later judges something when the event is over: what a node does in one step it tells piece by piece.
func (v *Invariants) later(judge func()) { v.pending = append(v.pending, judge) }

// settle judges what waited for the end of the event. Judging adds nothing to the list.
func (v *Invariants) settle() {
	for _, judge := range v.pending {
		judge()
	}
	v.pending = v.pending[:0]
}

// Finish judges what waited for the end of the last event. Call it when the run is over.
func (v *Invariants) Finish() []Finding {
	v.findings = append(v.findings[:0], v.overdue...)
	v.overdue = v.overdue[:0]
	v.settle()
	return v.findings
}

func (v *Invariants) find(check string, tp env.TopicPartition, o env.Offset, format string, args ...any) *Finding {
	v.findings = append(v.findings, Finding{Check: check, Sentence: fmt.Sprintf(format, args...), Partition: tp,
		Offset: o, Event: v.now.Event})
	return &v.findings[len(v.findings)-1]
}

// fault is a finding about no partition.
func (v *Invariants) fault(check, format string, args ...any) *Finding {
	return v.find(check, env.TopicPartition{}, -1, format, args...)
}
