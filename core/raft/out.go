package raft

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// Partition is the one partition of the quorum.
var Partition = env.TopicPartition{Topic: kafka.MetadataTopic, Partition: 0}

// TopicID is the id Kafka gives the metadata topic.
var TopicID = kafka.MetadataTopicID

// Ticket is the owner's handle for one request that waits for its answer.
type Ticket uint64

// Out sends what a Replica has for other nodes. Neither method may call the Replica.
type Out interface {
	// Send sends a request to a voter, its version set. The owner reports the outcome once, with
	// Replica.HandleResponse and the tag; without one the request times out after request.timeout.ms.
	Send(to env.NodeID, req kmsg.Request, tag uint64)
	// Reply answers the request of a ticket. The response's version is the request's. Every ticket is answered
	// once, unless the node stops first.
	Reply(t Ticket, r kmsg.Response)
}

// Owner is the state machine that lives on the committed log. Its methods may not call the Replica; what they are
// given they may keep, but not change.
type Owner interface {
	// HandleCommit receives the next committed batch. Control batches come too, so that no offset is missing.
	HandleCommit(b record.Batch)
	// HandleSnapshot begins a snapshot, which replaces everything received before: its batches follow with
	// HandleSnapshotBatch, possibly over many steps, and HandleSnapshotEnd ends it. No commit comes in between; a
	// snapshot that is abandoned is followed by the HandleSnapshot of a newer one.
	HandleSnapshot(id SnapshotID)
	HandleSnapshotBatch(b record.Batch)
	HandleSnapshotEnd(id SnapshotID)
	// HandleLeaderChange receives the leader; NoNode if none is known. The node's own leadership comes after
	// everything committed before it, and after its first record.
	HandleLeaderChange(leader env.NodeID, epoch env.LeaderEpoch)
	// HandleAppended receives the outcome of Replica.Append: code zero when the records up to last are committed and
	// HandleCommit has received them, NOT_CONTROLLER when this node has lost its leadership before: another leader
	// may still commit them.
	HandleAppended(token uint64, last env.Offset, code int16)
}

// NoNode is no node: of an unknown leader, or a vote not given.
const NoNode = kafka.NoNode

// SnapshotID names a snapshot: it contains everything below End, and Epoch is that of the last record in it.
type SnapshotID struct {
	End   env.Offset
	Epoch env.LeaderEpoch
}

func (id SnapshotID) String() string { return fmt.Sprintf("(%d, epoch %d)", id.End, id.Epoch) }

// before orders log ends as elections do.
func (id SnapshotID) before(o SnapshotID) bool {
	return id.Epoch < o.Epoch || id.Epoch == o.Epoch && id.End < o.End
}

// The Kafka error codes this package answers with.
const (
	codeNone                 int16 = 0
	codeOffsetOutOfRange     int16 = 1
	codeUnknownTopic         int16 = 3
	codeNotLeader            int16 = 6
	codeBrokerNotAvailable   int16 = 8
	codeNotController        int16 = 41
	codeInvalidRequest       int16 = 42
	codeUnknownServerError   int16 = -1
	codeFencedLeaderEpoch    int16 = 74
	codeUnknownLeaderEpoch   int16 = 75
	codeInconsistentVoterSet int16 = 94
	codeSnapshotNotFound     int16 = 98
	codePositionOutOfRange   int16 = 99
	codeInconsistentCluster  int16 = 104
	codeInvalidVoterKey      int16 = 125
)
