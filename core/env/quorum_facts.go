package env

// Facts of the metadata quorum, on the node that tells them. They are told when what they say can no longer be
// taken back by a crash of that node, unless they say otherwise.
type (
	// BecameQuorumLeader: the node leads the quorum. Its first record under Epoch comes next.
	BecameQuorumLeader struct {
		Node  NodeID
		Epoch LeaderEpoch
	}
	// QuorumResigned: the node no longer leads, because of Reason.
	QuorumResigned struct {
		Node   NodeID
		Epoch  LeaderEpoch
		Reason string
	}
	// QuorumVoted: the node has given its one vote of Epoch to Candidate, which may be itself.
	QuorumVoted struct {
		Node      NodeID
		Epoch     LeaderEpoch
		Candidate NodeID
	}
	// QuorumHighWatermark: the node knows that everything below Offset is committed.
	QuorumHighWatermark struct {
		Node   NodeID
		Epoch  LeaderEpoch
		Offset Offset
	}
	// QuorumAppended: a batch took its place in the node's log; it is not on disk yet.
	QuorumAppended struct {
		Node       NodeID
		Epoch      LeaderEpoch // of the batch
		Base, Last Offset
		CRC        uint32
	}
	// QuorumFlushed: everything below To survives a power cut of the node.
	QuorumFlushed struct {
		Node NodeID
		To   Offset
	}
	// QuorumCutting: everything from To on is about to be cut off the node's log, and with it a batch that holds To. Anew: it
	// is emptied, to begin where a snapshot ends. Epoch is the one the node is in.
	QuorumCutting struct {
		Node  NodeID
		Epoch LeaderEpoch
		To    Offset
		Anew  bool
	}
	// QuorumTruncated: everything from To on was cut off the node's log.
	QuorumTruncated struct {
		Node   NodeID
		To     Offset
		Reason string
	}
	// QuorumSnapshotted: the node has a snapshot of everything below End, whose last record is of Epoch.
	QuorumSnapshotted struct {
		Node  NodeID
		End   Offset
		Epoch LeaderEpoch
	}
)

func (BecameQuorumLeader) isFact()  {}
func (QuorumResigned) isFact()      {}
func (QuorumVoted) isFact()         {}
func (QuorumHighWatermark) isFact() {}
func (QuorumAppended) isFact()      {}
func (QuorumFlushed) isFact()       {}
func (QuorumCutting) isFact()       {}
func (QuorumTruncated) isFact()     {}
func (QuorumSnapshotted) isFact()   {}
