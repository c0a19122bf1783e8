package raft

// mutants are bugs of history that the tests switch on, to see that they are found. Nothing but a test sets one.
type mutants struct {
	noFlush           bool // K1: a fetch acknowledges bytes that are not flushed
	resumeLeadership  bool // K2: a leader that restarts leads its epoch on
	commitPrevEpoch   bool // K3: the high watermark may stand at the epoch's start
	noCheckQuorum     bool // K4: a leader stays one though no majority fetches
	noPreVote         bool // K5: a follower whose fetches fail opens an epoch at once
	grantWithLeader   bool // K5: a follower whose leader answers grants pre-votes
	truncateBelowHW   bool // K6: a leader may ask for truncation of what is committed
	retentionDeletes  bool // K7: the log is deleted by size, whatever the snapshots hold
	noDirectoryID     bool // K8: a voter is its node id, whatever its disk
	exposeUncommitted bool // K9: the owner is told what is only appended
}
