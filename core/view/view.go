// Package view has the state of a node as plain data: what a stepper, a page or a test shows of it.
//
// A view is a copy. It shares nothing with the node that changes later, taking one changes nothing in the node, and it
// can be written as JSON: field names are part of the event format's version. Each part of a node fills in its own
// type: a replica [Partition], the quorum's replica [Quorum], a group coordinator [Group], the clients [Producer] and
// [Consumer].
//
// It has no behavior, and it does not show what other nodes or the network know: the world a node runs in adds that.
package view

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Node is one process. Which fields are set follows from what it runs.
type Node struct {
	Phase    string    `json:"phase"`
	Server   *Server   `json:"server,omitempty"`
	Producer *Producer `json:"producer,omitempty"`
	Consumer *Consumer `json:"consumer,omitempty"`
}

// Viewed is a node that can be looked at, between two events.
type Viewed interface{ View() Node }

// Asking is a node that knows which of its requests have no response yet: a response's frame does not name its API.
type Asking interface {
	// Asked returns the API and its version of such a request on a connection that the node dialed.
	Asked(conn env.ConnID, correlation int32) (key, version int16, ok bool)
}

// Server is a broker, a controller, or both.
type Server struct {
	ID          kafka.NodeID      `json:"id"`
	Broker      bool              `json:"broker"`     // process.roles has broker,
	Controller  bool              `json:"controller"` // controller
	BrokerEpoch kafka.BrokerEpoch `json:"brokerEpoch"`
	Fenced      bool              `json:"fenced"`
	Quorum      *Quorum           `json:"quorum,omitempty"` // nil until the metadata log is open
	Partitions  []Partition       `json:"partitions,omitempty"`
	Groups      []Group           `json:"groups,omitempty"` // that this broker coordinates
	Metadata    Metadata          `json:"metadata"`
}

// Metadata is what a server's image of the cluster counts.
type Metadata struct {
	Brokers    int `json:"brokers"` // registered ones, fenced ones included
	Fenced     int `json:"fenced"`
	Topics     int `json:"topics"`
	Partitions int `json:"partitions"`
	Leaderless int `json:"leaderless"` // partitions without a leader
}

// Quorum is a node's replica of the metadata log.
type Quorum struct {
	State         string            `json:"state"`
	Role          string            `json:"role"`
	Epoch         kafka.LeaderEpoch `json:"epoch"`
	Leader        kafka.NodeID      `json:"leader"` // -1: not known
	Voted         kafka.NodeID      `json:"voted"`  // in this epoch; -1: for no node
	LogStart      kafka.Offset      `json:"logStart"`
	HighWatermark kafka.Offset      `json:"highWatermark"`
	LogEnd        kafka.Offset      `json:"logEnd"`
	Flushed       kafka.Offset      `json:"flushed"`
	Applied       kafka.Offset      `json:"applied"`            // records below are in the node's image
	Snapshot      kafka.Offset      `json:"snapshot"`           // end of the latest; -1: none
	Voters        []Voter           `json:"voters,omitempty"`   // as the leader knows them
	Granting      []kafka.NodeID    `json:"granting,omitempty"` // who has voted for this candidate or leader
}

// Voter is a voter as the leader knows it.
type Voter struct {
	ID     kafka.NodeID `json:"id"`
	LogEnd kafka.Offset `json:"logEnd"` // -1: it has not fetched
}

// TopicPartition names a partition.
type TopicPartition struct {
	Topic     string            `json:"topic"`
	Partition kafka.PartitionID `json:"partition"`
}

// String is the name of the partition's directory: topic-partition.
func (tp TopicPartition) String() string { return kafka.TopicPartition(tp).String() }

// Partition is a replica of a partition with its log.
type Partition struct {
	TopicPartition
	Role           string            `json:"role"`
	State          string            `json:"state"` // of the log
	Leader         kafka.NodeID      `json:"leader"`
	LeaderEpoch    kafka.LeaderEpoch `json:"leaderEpoch"`
	PartitionEpoch int32             `json:"partitionEpoch"`
	Replicas       []kafka.NodeID    `json:"replicas"`
	ISR            []kafka.NodeID    `json:"isr"`
	ELR            []kafka.NodeID    `json:"elr,omitempty"` // by the node's metadata image
	MinISR         int               `json:"minIsr"`        // min.insync.replicas, at most the number of replicas
	Log
	Followers []Follower `json:"followers,omitempty"` // as the leader knows them
	Waiting   int        `json:"waiting"`             // appends that wait for acks=all
}

// Log is the log of a partition. LogStart ≤ HighWatermark ≤ LogEnd; Written and Flushed are at most LogEnd.
type Log struct {
	LogStart         kafka.Offset    `json:"logStart"`
	LastStableOffset kafka.Offset    `json:"lastStableOffset"`
	HighWatermark    kafka.Offset    `json:"highWatermark"`
	LogEnd           kafka.Offset    `json:"logEnd"`
	Written          kafka.Offset    `json:"written"` // below, the operating system has it
	Flushed          kafka.Offset    `json:"flushed"` // below, a sync has returned
	Bytes            int64           `json:"bytes"`
	Epochs           []EpochStart    `json:"epochs,omitempty"`
	Segments         []Segment       `json:"segments,omitempty"`
	Producers        []ProducerState `json:"producers,omitempty"`
}

// EpochStart is where a leader epoch begins in a log.
type EpochStart struct {
	Epoch kafka.LeaderEpoch `json:"epoch"`
	Start kafka.Offset      `json:"start"`
}

// Segment is one .log file.
type Segment struct {
	Base  kafka.Offset `json:"base"`
	Bytes int64        `json:"bytes"`
}

// ProducerState is what a log remembers of an idempotent producer.
type ProducerState struct {
	ID           kafka.ProducerID    `json:"id"`
	Epoch        kafka.ProducerEpoch `json:"epoch"`
	LastSequence kafka.Sequence      `json:"lastSequence"`
}

// Follower is another replica as the leader knows it.
type Follower struct {
	ID     kafka.NodeID `json:"id"`
	LogEnd kafka.Offset `json:"logEnd"` // -1: not known
	InSync bool         `json:"inSync"`
}

// Group is a consumer group at its coordinator.
type Group struct {
	ID         string   `json:"id"`
	State      string   `json:"state"`
	Protocol   string   `json:"protocol,omitempty"`
	Generation int32    `json:"generation"`
	Leader     string   `json:"leader,omitempty"`
	Members    []Member `json:"members,omitempty"`
	Offsets    []Offset `json:"offsets,omitempty"` // committed
}

// Member is a member of a group.
type Member struct {
	ID       string           `json:"id"`
	Client   string           `json:"client"`
	Instance string           `json:"instance,omitempty"`
	Assigned []TopicPartition `json:"assigned,omitempty"`
	Waits    string           `json:"waits,omitempty"` // JoinGroup or SyncGroup that is held
}

// Offset is a place in a partition.
type Offset struct {
	TopicPartition
	Offset kafka.Offset `json:"offset"`
}

// Producer is a producer's state.
type Producer struct {
	ID      kafka.ProducerID    `json:"id"` // -1: none
	Epoch   kafka.ProducerEpoch `json:"epoch"`
	Waiting int                 `json:"waiting"` // records that have not returned
	Batches []Batch             `json:"batches,omitempty"`
}

// Batch is records of one partition that a producer sends together.
type Batch struct {
	TopicPartition
	Records  int            `json:"records"`
	Sequence kafka.Sequence `json:"sequence"` // -1: none yet
	Sent     bool           `json:"sent"`     // a request with it waits for its response
	Retries  int            `json:"retries"`
}

// Consumer is a consumer's state.
type Consumer struct {
	Group       string       `json:"group,omitempty"`
	Member      string       `json:"member,omitempty"`
	State       string       `json:"state,omitempty"` // of the membership
	Generation  int32        `json:"generation"`
	Coordinator kafka.NodeID `json:"coordinator"` // -1: not known
	Positions   []Position   `json:"positions,omitempty"`
}

// Position is where a consumer is in a partition.
type Position struct {
	TopicPartition
	Position kafka.Offset `json:"position"` // -1: not known yet
	Buffered int          `json:"buffered"` // records that were fetched and not given out
	State    string       `json:"state"`
}
