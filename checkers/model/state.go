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

// NoEpoch is an epoch that no replica is in.
const NoEpoch = -1

// Node is a broker, a controller, or both.
type Node struct {
	Name       string
	ID         env.NodeID
	Identified bool            // ID is known
	Up         bool            // it has emitted Started, and has not ended since
	Stopped    bool            // its last life ended on request
	Damaged    bool            // its disk has broken its promises once
	Registered bool            // in this life
	Epoch      env.BrokerEpoch // the newest it was registered with, NoEpoch
	Quorum     QuorumReplica

	ended      uint64        // the event at which its last life ended
	endedBy    history.Fault // what ended it; kind 0: it was asked to stop, or that is not known
	syncFailed history.Fault // a sync may have failed in this life
	offsetsLed uint64        // the event at which it last became leader of a partition of __consumer_offsets
	replicas   []*Replica
	views      map[env.TopicPartition]*View
}

// Incarnations are the partitions that have had one name. A topic that is deleted and created again has the same name
// and another id.
type Incarnations struct {
	env.TopicPartition
	all      []*Partition // the newest last
	replicas []*Replica   // the newest of each node
}

// Partition is what all nodes' facts about a partition add up to.
type Partition struct {
	env.TopicPartition
	Replicas  []*Replica
	Leader    *Replica // the newest, as the replicas report
	Epoch     env.LeaderEpoch
	Readable  env.Offset // everything below could be read at some time
	Cleaned   env.Offset // compaction may have changed batches below
	Committed Committed
	Image     Image
	Recreated bool // another topic had its name before

	topic   env.UUID
	named   bool         // topic is known
	leaders []leadership // the newest of them
	// The log of Leader, as it was when it led, has been removed. One that was opened there since holds what it has
	// fetched.
	leaderDropped bool
	losses        []Loss
}

// leadership is the leader of an epoch.
type leadership struct {
	epoch  env.LeaderEpoch
	leader *Replica
}

// Replica is one broker's log of a partition, and its role.
type Replica struct {
	Partition  *Partition
	Node       *Node
	Known      bool // Start and End are known
	Opened     bool // its log was opened once
	Start, End env.Offset
	MaxStart   env.Offset // the highest start it has reported, in any life
	Flushed    env.Offset
	High       env.Offset // its high watermark
	Counted    env.Offset // a leader has committed everything below because this replica, too, had appended it
	Fenced     bool
	Recovering bool // the node's life has ended, and the log was not opened since
	Batches    Batches
	Truncation Truncation

	Role     Role
	InEpoch  bool            // it has reported a role once
	Entered  int             // how often it has entered an epoch
	Epoch    env.LeaderEpoch // of its role, NoEpoch
	Follows  env.NodeID
	ISR      []env.NodeID // a leader's, as it knows it
	Proposed []env.NodeID // what it has proposed for it

	past      pastEpochs
	disk      diskState
	producers map[env.ProducerID]*Producer
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
	epoch env.LeaderEpoch
	end   env.Offset
}

// Committed is what of a partition is committed: what its leaders' high watermarks have covered. It must survive.
// Where it does not, it is truncated, and there is a Loss that has the reason.
type Committed struct {
	To  env.Offset // everything below is committed
	Log Batches

	by     env.LeaderEpoch // the newest whose leader is known to have all of it, NoEpoch
	isr    []env.NodeID    // of the leader that committed last
	forked env.LeaderEpoch // of the leader at which it was truncated last: a replica in an older epoch has something else
}

// Loss is what a partition does not hold any more, [offset, to), and why that is permitted.
type Loss struct {
	event    uint64
	offset   env.Offset
	to       env.Offset
	epoch    env.LeaderEpoch // of the leader that does not have it
	promised bool            // it had been committed; else it had been written to a leader's log only
	deleted  bool            // with its topic
	why      string          // "": it is not permitted

	until uint64     // the last event at which a leader of an older epoch may have added to what is lost
	late  bool       // a leader of an older epoch may have: then to is not the end
	stale []*Replica // replicas that still lead in an older epoch
}

// lostRange is what a replica lost of its own log, [from, to).
type lostRange struct {
	from, to env.Offset
	why      string // "": it may not
}

// Truncation is one that has begun: if its node ends meanwhile, the log may be opened with any end down to Floor.
type Truncation struct {
	Floor   env.Offset
	Empties bool // every segment goes: what is written then was never flushed

	begun bool
}

// Producer is what a replica's log holds of an idempotent producer: its newest epoch, and where its sequence goes on.
type Producer struct {
	Epoch env.ProducerEpoch
	Next  env.Sequence // the sequence number that follows
	last  env.Offset   // of the newest batch
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
	Leader env.NodeID

	epoch   env.LeaderEpoch
	unclean bool
}

// View is how far one node's image of a partition has come.
type View struct {
	Known          bool // in this life of the node
	At             env.Offset
	Epoch          env.LeaderEpoch
	PartitionEpoch int32
	MinISR         int

	topic env.UUID
}

// Brokers is what the metadata says of the brokers, and which controller is active.
type Brokers struct {
	IDs    []env.NodeID // of the brokers, as they were first reported
	states map[env.NodeID]*env.BrokerStanding

	active      *Node // the active controller, as far as it has reported; nil
	activeEpoch env.LeaderEpoch
	seen        bool // there has been an active controller
}

// Quorum is what all nodes' facts about the metadata quorum add up to.
type Quorum struct {
	Members   []*Node // that have reported anything of it
	Leader    *Node   // of the newest epoch
	Epoch     env.LeaderEpoch
	Committed env.Offset // everything below is committed
	Log       Batches    // what is committed

	leaders []quorumLeadership
}

type quorumLeadership struct {
	epoch env.LeaderEpoch
	node  *Node
	after env.Offset // everything below had been committed when it was reported
}

// QuorumReplica is one node's replica of the metadata log.
type QuorumReplica struct {
	Known      bool // Start and End are known
	Start, End env.Offset
	Flushed    env.Offset
	High       env.Offset // its high watermark, in this life
	Truncation Truncation
	Batches    Batches
	Snapshot   env.Offset      // the newest one covers everything below
	Leads      env.LeaderEpoch // the epoch that it leads, NoEpoch
	Led        env.LeaderEpoch // the newest that it ever led, NoEpoch
	Voted      env.QuorumVoted // its newest vote
	Emptied    bool            // its disk was emptied once

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
	Partitions     []env.TopicPartition
}

// GroupPartition is a partition as a group consumes it.
type GroupPartition struct {
	Group string
	env.TopicPartition
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
	Offset env.Offset
	Node   string

	term int
}

// Commit is a client's call.
type Commit struct {
	GroupPartition
	Offset env.Offset

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
	produces map[uint64]int16 // acks of the calls under way
	reached  map[GroupPartition]*env.Offset
	started  map[env.TopicPartition]env.Offset
	group    string                             // that it is a member of
	assigns  map[env.TopicPartition]*assignment // partitions of it
	commits  map[uint64]*Commit                 // under way
}

func newQuorum() Quorum { return Quorum{Epoch: NoEpoch} }

func newQuorumReplica() QuorumReplica {
	return QuorumReplica{Leads: NoEpoch, Led: NoEpoch, Voted: env.QuorumVoted{Epoch: NoEpoch}}
}

func newBrokers() Brokers {
	return Brokers{states: map[env.NodeID]*env.BrokerStanding{}, activeEpoch: NoEpoch}
}

func nothingCommitted() Committed { return Committed{by: NoEpoch, forked: NoEpoch} }
