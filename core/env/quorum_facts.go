package env

import (
	"fmt"

	"gregor/core/kafka"
)

// Facts of the metadata quorum, on the node that emits them. They are emitted when what they state can no longer be
// taken back by a crash of that node, unless they say otherwise.

// BecameQuorumLeader: the node leads the quorum. Its first record under Epoch comes next.
type BecameQuorumLeader struct {
	Node  kafka.NodeID
	Epoch kafka.LeaderEpoch
}

var _ = declare(BecameQuorumLeader{})

func (f BecameQuorumLeader) Line(Names) string {
	return fmt.Sprintf("becomes leader of the metadata quorum in epoch %d", f.Epoch)
}

// QuorumResigned: the node no longer leads, because of Reason.
type QuorumResigned struct {
	Node   kafka.NodeID
	Epoch  kafka.LeaderEpoch
	Reason string
}

var _ = declare(QuorumResigned{})

func (f QuorumResigned) Line(Names) string {
	return fmt.Sprintf("resigns as leader of the metadata quorum in epoch %d%s", f.Epoch, because(f.Reason))
}

// QuorumVoted: the node has given its one vote of Epoch to Candidate, which may be itself.
type QuorumVoted struct {
	Node      kafka.NodeID
	Epoch     kafka.LeaderEpoch
	Candidate kafka.NodeID
}

var _ = declare(QuorumVoted{})

func (f QuorumVoted) Line(name Names) string {
	return fmt.Sprintf("votes for %s in epoch %d of the metadata quorum", name(f.Candidate), f.Epoch)
}

// QuorumHighWatermark: the node knows that everything below Offset is committed.
type QuorumHighWatermark struct {
	Node   kafka.NodeID
	Epoch  kafka.LeaderEpoch
	Offset kafka.Offset
}

var _ = declare(QuorumHighWatermark{})

func (f QuorumHighWatermark) Line(Names) string {
	return fmt.Sprintf("knows that the metadata below offset %d is committed", f.Offset)
}

// QuorumAppended: a batch took its place in the node's log; it is not on disk yet.
type QuorumAppended struct {
	Node       kafka.NodeID
	Epoch      kafka.LeaderEpoch // of the batch
	Base, Last kafka.Offset
	CRC        uint32
}

var _ = declare(QuorumAppended{})

func (f QuorumAppended) Line(Names) string {
	return fmt.Sprintf("appends metadata %s in epoch %d", Offsets(f.Base, f.Last), f.Epoch)
}

// QuorumFlushed: everything below To survives a power cut of the node.
type QuorumFlushed struct {
	Node kafka.NodeID
	To   kafka.Offset
}

var _ = declare(QuorumFlushed{})

func (f QuorumFlushed) Line(Names) string {
	return fmt.Sprintf("has flushed the metadata below offset %d", f.To)
}

// QuorumCutting: everything from To on is about to be cut off the node's log, and with it a batch that holds To.
// Anew: it is emptied, to begin where a snapshot ends. Epoch is the one the node is in.
type QuorumCutting struct {
	Node  kafka.NodeID
	Epoch kafka.LeaderEpoch
	To    kafka.Offset
	Anew  bool
}

var _ = declare(QuorumCutting{})

func (f QuorumCutting) Line(Names) string {
	if f.Anew {
		return fmt.Sprintf("is about to empty its metadata log, to restart it at offset %d", f.To)
	}
	return fmt.Sprintf("is about to truncate its metadata log to offset %d", f.To)
}

// QuorumTruncated: everything from To on was cut off the node's log.
type QuorumTruncated struct {
	Node   kafka.NodeID
	To     kafka.Offset
	Reason string
}

var _ = declare(QuorumTruncated{})

func (f QuorumTruncated) Line(Names) string {
	return fmt.Sprintf("truncates its metadata log to offset %d%s", f.To, because(f.Reason))
}

// QuorumSnapshotted: the node has a snapshot of everything below End, whose last record is of Epoch.
type QuorumSnapshotted struct {
	Node  kafka.NodeID
	End   kafka.Offset
	Epoch kafka.LeaderEpoch
}

var _ = declare(QuorumSnapshotted{})

func (f QuorumSnapshotted) Line(Names) string {
	return fmt.Sprintf("has a metadata snapshot below offset %d", f.End)
}
