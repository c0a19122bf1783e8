package model

import (
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
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
	ids     map[kafka.NodeID]*Node
	names   map[kafka.TopicPartition]*Incarnations
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
	return &Cluster{nodes: map[string]*Node{}, ids: map[kafka.NodeID]*Node{},
		names:  map[kafka.TopicPartition]*Incarnations{},
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

// NoEpoch is an epoch that no replica is in.
const NoEpoch = -1

// Node is a broker, a controller, or both.
type Node struct {
	Name       string
	ID         kafka.NodeID
	Identified bool              // ID is known
	Up         bool              // it has emitted Started, and has not ended since
	Stopped    bool              // its last life ended on request
	Damaged    bool              // its disk has broken its promises once
	Registered bool              // in this life
	Epoch      kafka.BrokerEpoch // the newest it was registered with, NoEpoch
	Quorum     QuorumReplica

	ended      uint64        // the event at which its last life ended
	endedBy    history.Fault // what ended it; kind 0: it was asked to stop, or that is not known
	syncFailed history.Fault // a sync may have failed in this life
	offsetsLed uint64        // the event at which it last became leader of a partition of __consumer_offsets
	replicas   []*Replica
	views      map[kafka.TopicPartition]*View
}

// Incarnations are the partitions that have had one name. A topic that is deleted and created again has the same name
// and another id.
type Incarnations struct {
	kafka.TopicPartition
	all      []*Partition // the newest last
	replicas []*Replica   // the newest of each node
}

// Partition is what all nodes' facts about a partition add up to.
type Partition struct {
	kafka.TopicPartition
	Replicas  []*Replica
	Leader    *Replica // the newest, as the replicas report
	Epoch     kafka.LeaderEpoch
	Readable  kafka.Offset // everything below could be read at some time
	Cleaned   kafka.Offset // compaction may have changed batches below
	Committed Committed
	Image     Image
	Recreated bool // another topic had its name before

	topic   kafka.UUID
	named   bool         // topic is known
	leaders []leadership // the newest of them
	// The log of Leader, as it was when it led, has been removed. One that was opened there since holds what it has
	// fetched.
	leaderDropped bool
	losses        []Loss
}

// leadership is the leader of an epoch.
type leadership struct {
	epoch  kafka.LeaderEpoch
	leader *Replica
}

// Replica is one broker's log of a partition, and its role.
type Replica struct {
	Partition  *Partition
	Node       *Node
	Known      bool // Start and End are known
	Opened     bool // its log was opened once
	Start, End kafka.Offset
	MaxStart   kafka.Offset // the highest start it has reported, in any life
	Flushed    kafka.Offset
	High       kafka.Offset // its high watermark
	Counted    kafka.Offset // a leader has committed everything below because this replica, too, had appended it
	Fenced     bool
	Recovering bool // the node's life has ended, and the log was not opened since
	Batches    Batches
	Truncation Truncation

	Role     Role
	InEpoch  bool              // it has reported a role once
	Entered  int               // how often it has entered an epoch
	Epoch    kafka.LeaderEpoch // of its role, NoEpoch
	Follows  kafka.NodeID
	ISR      []kafka.NodeID // a leader's, as it knows it
	Proposed []kafka.NodeID // what it has proposed for it

	past      pastEpochs
	disk      diskState
	producers map[kafka.ProducerID]*Producer
	view      *View // of its node; nil: nothing was reported
}

// pastEpochs is where a replica's log ended when it left its newest epochs.
type pastEpochs struct {
	ends [8]epochEnd
	left int // how many it has left
}

// diskState is what is known of a replica's files since its log was opened, and what may have happened to them.
type diskState struct {
	highKnown   bool          // the high watermark was reported since
	reloading   bool          // a truncation has been reported, a recovery follows
	mayHaveLost history.Fault // the latest that may have taken records
	closed      bool          // the log was open when its broker stopped on request, and no power cut has come since
	cleanStart  bool          // it was opened after a clean stop
	lost        []lostRange
	removed     Batches // that the log held when it was removed: a crash may bring its directory back
}

// Role is what a replica does.
type Role uint8

// The roles.
const (
	Idle Role = iota
	Leading
	Following
)

// epochEnd is where a log ended when its replica left an epoch.
type epochEnd struct {
	epoch kafka.LeaderEpoch
	end   kafka.Offset
}

// Committed is what of a partition is committed: what its leaders' high watermarks have covered. It must survive.
// Where it does not, it is truncated, and there is a Loss that has the reason.
type Committed struct {
	To  kafka.Offset // everything below is committed
	Log Batches

	by  kafka.LeaderEpoch // the newest whose leader is known to have all of it, NoEpoch
	isr []kafka.NodeID    // of the leader that committed last
	// of the leader at which it was truncated last: a replica in an older epoch has something else
	forked kafka.LeaderEpoch
}

// Loss is what a partition does not hold any more, [offset, to), and why that is permitted.
type Loss struct {
	event    uint64
	offset   kafka.Offset
	to       kafka.Offset
	epoch    kafka.LeaderEpoch // of the leader that does not have it
	promised bool              // it had been committed; else it had been written to a leader's log only
	deleted  bool              // with its topic
	why      string            // "": it is not permitted

	until uint64     // the last event at which a leader of an older epoch may have added to what is lost
	late  bool       // a leader of an older epoch may have: then to is not the end
	stale []*Replica // replicas that still lead in an older epoch
}

// lostRange is what a replica lost of its own log, [from, to).
type lostRange struct {
	from, to kafka.Offset
	why      string // "": it may not
}

// Truncation is one that has begun: if its node ends meanwhile, the log may be opened with any end down to Floor.
type Truncation struct {
	Floor   kafka.Offset
	Empties bool // every segment goes: what is written then was never flushed

	begun bool
}

// Producer is what a replica's log holds of an idempotent producer: its newest epoch, and where its sequence goes on.
type Producer struct {
	Epoch kafka.ProducerEpoch
	Next  kafka.Sequence // the sequence number that follows
	last  kafka.Offset   // of the newest batch
}

// Image is what the metadata says of a partition: as reported by the node that has applied most of it.
type Image struct {
	env.PartitionChanged
	Known   bool
	Deleted bool

	states    []State // by rising partition epoch, the newest of them
	elections []Election
}

// State is what a node reported of a partition.
type State struct {
	env.PartitionChanged
	By *Node
}

// Election is who was elected in an epoch.
type Election struct {
	Leader kafka.NodeID

	epoch   kafka.LeaderEpoch
	unclean bool
}

// View is how far one node's image of a partition has come.
type View struct {
	Known          bool // in this life of the node
	At             kafka.Offset
	Epoch          kafka.LeaderEpoch
	PartitionEpoch int32
	MinISR         int

	topic kafka.UUID
}

// Brokers is what the metadata says of the brokers, and which controller is active.
type Brokers struct {
	IDs    []kafka.NodeID // of the brokers, as they were first reported
	states map[kafka.NodeID]*env.BrokerStanding

	active      *Node // the active controller, as far as it has reported; nil
	activeEpoch kafka.LeaderEpoch
	seen        bool // there has been an active controller
}

// Quorum is what all nodes' facts about the metadata quorum add up to.
type Quorum struct {
	Members   []*Node // that have reported anything of it
	Leader    *Node   // of the newest epoch
	Epoch     kafka.LeaderEpoch
	Committed kafka.Offset // everything below is committed
	Log       Batches      // what is committed

	leaders []quorumLeadership
}

type quorumLeadership struct {
	epoch kafka.LeaderEpoch
	node  *Node
	after kafka.Offset // everything below had been committed when it was reported
}

// QuorumReplica is one node's replica of the metadata log.
type QuorumReplica struct {
	Known      bool // Start and End are known
	Start, End kafka.Offset
	Flushed    kafka.Offset
	High       kafka.Offset // its high watermark, in this life
	Truncation Truncation
	Batches    Batches
	Snapshot   kafka.Offset      // the newest one covers everything below
	Leads      kafka.LeaderEpoch // the epoch that it leads, NoEpoch
	Led        kafka.LeaderEpoch // the newest that it ever led, NoEpoch
	Voted      env.QuorumVoted   // its newest vote
	Emptied    bool              // its disk was emptied once

	joined    bool
	voter     bool // it has voted
	reloading bool // a truncation has been reported, a recovery follows
}

// Group is what is known of a consumer group.
type Group struct {
	Lost   string // why a generation that was stored may have been entered again
	Owners []*Owner

	coordinator string // the node that emitted its last fact
	terms       []*Term
	begun       int           // terms
	synced      int32         // the latest generation in which a member was assigned partitions: it is stored
	fault       history.Fault // the latest that may have taken what its coordinator had stored
}

// Term is the time during which one node coordinates a group. One that has been replaced and does not know it yet
// goes on in its own.
type Term struct {
	node       *Node
	number     int   // later ones have higher numbers
	entered    bool  // a generation
	generation int32 // the latest
	members    []string
	last       uint64 // the event of its last fact
}

// Owner is a member of a group as it sees itself.
type Owner struct {
	Client, Member string
	Generation     int32
	Partitions     []kafka.TopicPartition
}

// GroupPartition is a partition as a group consumes it.
type GroupPartition struct {
	Group string
	kafka.TopicPartition
}

// Offsets is the committed offset of a group in a partition: what its coordinators stored, and what clients asked
// them to store without a response yet.
type Offsets struct {
	stored  []Stored // the newest of them, as they were reported
	dropped bool     // older ones are forgotten
	asked   []*Commit
}

// Stored is an offset that a coordinator has stored; -1: removed.
type Stored struct {
	Event  uint64
	Offset kafka.Offset
	Node   string

	term int
}

// Commit is a client's call.
type Commit struct {
	GroupPartition
	Offset kafka.Offset

	called uint64
}

// assignment is a partition that a member of a group has been assigned.
type assignment struct {
	at     uint64
	placed bool // it has found where to begin
}

// Client is what is known of a client.
type Client struct {
	name     string
	produces map[uint64]kafka.Acks // acks of the calls under way
	reached  map[GroupPartition]*kafka.Offset
	started  map[kafka.TopicPartition]kafka.Offset
	group    string                               // that it is a member of
	assigns  map[kafka.TopicPartition]*assignment // partitions of it
	commits  map[uint64]*Commit                   // under way
}

func newQuorum() Quorum { return Quorum{Epoch: NoEpoch} }

func newQuorumReplica() QuorumReplica {
	return QuorumReplica{Leads: NoEpoch, Led: NoEpoch, Voted: env.QuorumVoted{Epoch: NoEpoch}}
}

func newBrokers() Brokers {
	return Brokers{states: map[kafka.NodeID]*env.BrokerStanding{}, activeEpoch: NoEpoch}
}

func nothingCommitted() Committed { return Committed{by: NoEpoch, forked: NoEpoch} }
