package raft

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/record"
)

// Partition is the one partition of the quorum.
var Partition = kafka.TopicPartition{Topic: kafka.MetadataTopic, Partition: 0}

// Ticket is the owner's handle for one request that waits for its answer.
type Ticket uint64

// Out sends what a Replica has for other nodes. Neither method may call the Replica.
type Out interface {
	// Send sends a request to a voter, its version set. The owner reports the outcome once, with
	// Replica.HandleResponse and the tag; without one the request times out after request.timeout.ms.
	Send(to kafka.NodeID, req kmsg.Request, tag uint64)
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
	HandleLeaderChange(leader kafka.NodeID, epoch kafka.LeaderEpoch)
	// HandleAppended receives the outcome of Replica.Append: code zero when the records up to last are committed and
	// HandleCommit has received them, NOT_CONTROLLER when this node has lost its leadership before: another leader
	// may still commit them.
	HandleAppended(token uint64, last kafka.Offset, code kafka.ErrorCode)
}

// SnapshotID names a snapshot: it contains everything below End, and Epoch is that of the last record in it.
type SnapshotID struct {
	End   kafka.Offset
	Epoch kafka.LeaderEpoch
}

func (id SnapshotID) String() string { return fmt.Sprintf("(%d, epoch %d)", id.End, id.Epoch) }

// before orders log ends as elections do.
func (id SnapshotID) before(o SnapshotID) bool {
	return id.Epoch < o.Epoch || id.Epoch == o.Epoch && id.End < o.End
}
