package mutants

// Set is the planted bugs. Each name is followed by the name it has in the catalogue, and by what history it has; those
// of replication, of the controller and of the quorum by their row there as well.
//
//tidy:size one field for each planted bug
type Set struct {
	// IdempotenceOff (idem.off): an idempotent producer's retry is appended again.
	IdempotenceOff bool
	// IdempotenceWindowOne (idem.window=1): only a producer's last batch is remembered (KAFKA-5494).
	IdempotenceWindowOne bool
	// DuplicateWrongOffset (idem.dup_reply_wrong_offset): a retry that is recognized is answered with another offset
	// than it got the first time (Redpanda #5356).
	DuplicateWrongOffset bool
	// AckBeforeWrite (ack.before_write): a produce is acknowledged when its batch is submitted, not when it is written.
	AckBeforeWrite bool
	// AckBeforeFlush (ack.before_flush): it is acknowledged when it is written, although flush.messages says flushed.
	AckBeforeFlush bool
	// AckZeroOnTimeout (produce.ack_base_zero_on_timeout): a produce that timed out is answered with success and offset
	// zero (Bufstream 0.1.0; the mechanism is a guess).
	AckZeroOnTimeout bool
	// FetchPastHighWatermark (fetch.past_hw): consumers read what is not committed yet (KAFKA-9835).
	FetchPastHighWatermark bool
	// AppendAfterError (log.append_after_error): a log goes on after a write that failed (KAFKA-10778).
	AppendAfterError bool
	// SyncErrorIgnored (log.sync_error_ignored): a log takes a failed sync for one that worked (fsyncgate).
	SyncErrorIgnored bool
	// NoDirectorySync (log.no_dir_fsync): new files are synced, the directories that name them are not (KAFKA-3968).
	NoDirectorySync bool
	// CutBeforeIndexes (log.cut_before_indexes): a log is cut, and read again, while writes of its indexes are in flight.
	CutBeforeIndexes bool
	// CommitUnfenced (group.commit_no_fence): a member of an old generation may commit.
	CommitUnfenced bool
	// ExpireByCommitTime (offs.expire_by_commit_time): offsets expire by the time of their commit, although their group
	// was alive long after (KAFKA-4682, KIP-211).
	ExpireByCommitTime bool
	// ServeWhileLoading (coord.serve_while_loading): the coordinator serves before it has read what is stored
	// (KAFKA-5600).
	ServeWhileLoading bool
	// CacheEpochFirst (I15, coord.cache_epoch_first): a coordinator that begins another epoch, and has seen nothing of
	// the one between, keeps what it has for what it needs; a load that was under way never ends (KAFKA-9307).
	CacheEpochFirst bool
	// AcksZeroKeepsConnection (I10, net.acks0_keep_conn): a producer with acks=0 at a broker that does not lead gets no
	// error, and goes on (KAFKA-955).
	AcksZeroKeepsConnection bool

	// What follows is of replication.

	// TruncateToHighWatermark (R1, R2, repl.truncate_to_hw): a follower cuts its log to its high watermark, and takes the
	// rest for its leader's (KIP-101).
	TruncateToHighWatermark bool
	// EpochReplyWithoutEpoch (R3, repl.epoch_reply_without_epoch): the answer of where an epoch ends does not name the
	// epoch (KIP-279, KAFKA-6361).
	EpochReplyWithoutEpoch bool
	// NoEpochEntryOnElection (R4, repl.no_epoch_entry_on_election): a leader's epoch begins with its first batch, not with
	// its election (KAFKA-7415).
	NoEpochEntryOnElection bool
	// ExpandAtLocalHighWatermark (R5, isr.expand_at_local_hw): who has reached the leader's own high watermark may join,
	// even if the epoch begins above it (KAFKA-7128).
	ExpandAtLocalHighWatermark bool
	// SkipTruncateSameLeader (R6, repl.skip_truncate_same_leader): a follower whose leader is the same broker as before
	// does not look where their logs part (KAFKA-7164).
	SkipTruncateSameLeader bool
	// NoFetchEpochCheck (R7, repl.no_fetch_epoch_check): a fetch counts as one of the leader's own epoch, in whatever
	// epoch it was sent: requests did not say that (KIP-320, KAFKA-7395).
	NoFetchEpochCheck bool
	// HighWatermarkIgnoresEpoch (R7, repl.hw_ignores_epoch): what a follower said in an older epoch moves the high
	// watermark (KAFKA-6880).
	HighWatermarkIgnoresEpoch bool
	// AcceptStaleReply (R8, repl.accept_stale_epoch_reply): an answer to a fetch of an older epoch is taken; if it says
	// that that epoch is over, nothing more is asked in the newer one (KAFKA-7786).
	AcceptStaleReply bool
	// DivergingUpdatesFollower (R9, repl.diverging_updates_follower_leo): a follower whose log has parted from the
	// leader's counts as if it had not (KAFKA-13141).
	DivergingUpdatesFollower bool
	// FailedReadUpdatesFollower (R10, repl.failed_read_updates_state): a fetch that failed counts as one of offset -1
	// (KAFKA-8400).
	FailedReadUpdatesFollower bool
	// ForgetLastFetchedEpoch (R11, repl.forget_last_fetched_epoch): after an empty answer a follower does not send the
	// epoch that its log ends with (KAFKA-15510).
	ForgetLastFetchedEpoch bool
	// HighWatermarkBeforeTruncate (R12, repl.hw_before_truncate): a follower moves its high watermark over what it is
	// about to cut off (KAFKA-14704).
	HighWatermarkBeforeTruncate bool
	// HighWatermarkNotReset (R13, repl.hw_not_reset_on_full_truncate): the high watermark stays above the end of a log
	// that was cut, or lost its end (KAFKA-9491).
	HighWatermarkNotReset bool
	// EpochCacheKeepsTail (R13, repl.epoch_cache_keep_tail): leader epochs beyond the end of a log that was cut, or
	// lost its end, are remembered (KAFKA-10706).
	EpochCacheKeepsTail bool
	// RecoverSkipsEpochZero (R13, log.recover_skip_epoch0): recovery does not enter epoch 0 again (KAFKA-10432).
	RecoverSkipsEpochZero bool
	// TruncateUnowned (R13, repl.truncate_unowned): a cut is made although the replica leads by now, or follows in another
	// epoch (KAFKA-13207).
	TruncateUnowned bool
	// NoBeginWithinBatch (KAFKA-6975, repl.no_begin_within_batch): a follower whose log begins where its leader's does,
	// within a batch, refuses that batch for ever.
	NoBeginWithinBatch bool
	// DeleteRecordsByLeaderAlone (KIP-107, repl.delete_records_by_leader_alone): a DeleteRecords is answered when the
	// leader has deleted them.
	DeleteRecordsByLeaderAlone bool
	// RetentionPastHighWatermark (R14, log.retention_past_hw): retention deletes segments that are not committed
	// (KAFKA-5634).
	RetentionPastHighWatermark bool
	// ListOffsetsLocalHighWatermark (R15, repl.listoffsets_local_hw): a new leader answers its high watermark as the end
	// before that has reached its epoch (KIP-207, KAFKA-2334).
	ListOffsetsLocalHighWatermark bool

	// What follows is of the in-sync replicas and of the controller.

	// NoMaximalISR (I1, isr.no_maximal_isr): a replica that a leader has proposed for the in-sync set does not count
	// before the controller has agreed (KIP-497).
	NoMaximalISR bool
	// NoCurrentEpochFetch (I2, isr.no_current_epoch_fetch): what a follower said before it was taken away and given
	// back is built upon.
	NoCurrentEpochFetch bool
	// NoBrokerEpoch (I3, isr.no_broker_epoch): a leader does not name the incarnation of a broker that it proposes
	// (KIP-903, KAFKA-14617).
	NoBrokerEpoch bool
	// DoubleReadState (I4, isr.double_read_state): a leader vouches for a follower with what it knows of it when it sends,
	// not with what made the follower eligible (KAFKA-15221).
	DoubleReadState bool
	// ProposeFenced (I5, isr.allow_fenced_join): a leader proposes replicas on brokers that are fenced or shutting
	// down. The controller refuses them: it takes AllowFencedJoin besides to break anything.
	ProposeFenced bool
	// AllowFencedJoin (I5, isr.allow_fenced_join): the controller takes replicas on brokers that are fenced or shutting
	// down into the in-sync set (KIP-841, KAFKA-13916).
	AllowFencedJoin bool
	// NoELR (I6, isr.no_elr): no eligible leader replicas are kept, and the last replica standing stays in the in-sync set
	// whatever it has lost (KIP-966).
	NoELR bool
	// HighWatermarkBelowMinISR (I6, isr.hw_below_min_isr): the high watermark moves while fewer than min.insync.replicas
	// are in sync (KIP-966).
	HighWatermarkBelowMinISR bool
	// IgnoreUncleanShutdown (I6, broker.ignore_unclean_shutdown): a broker that comes back from a power cut is taken
	// for one that was shut down (KIP-966).
	IgnoreUncleanShutdown bool
	// NoRefreshOnConflict (I11, isr.no_refresh_on_conflict): a leader takes no newer partition epoch from the metadata
	// (KAFKA-1382, KAFKA-2729).
	NoRefreshOnConflict bool
	// NoEpochFence (I12, ctrl.no_epoch_fence): the controller takes an AlterPartition of whatever leader and partition
	// epoch (KAFKA-1096, KAFKA-6082).
	NoEpochFence bool
	// BatchExpire (I14, ctrl.batch_expire): brokers whose sessions end together are fenced in one decision, each as if the
	// others were still there (KAFKA-13173).
	BatchExpire bool
	// BumpEpochSameIncarnation (I16, ctrl.bump_epoch_same_incarnation): a broker that registers again, its answer having
	// been lost, is another incarnation (KAFKA-16952).
	BumpEpochSameIncarnation bool
	// NameOnly (I17, meta.name_only): a broker that was away takes the log of another topic of its name for the one
	// that is asked for (KAFKA-12257, KAFKA-14616).
	NameOnly bool

	// What follows is of the metadata quorum.

	// QuorumNoFlush (K1, raft.no_flush): what is written counts as flushed (KAFKA-10533).
	QuorumNoFlush bool
	// ResumeLeadership (K2, raft.resume_leadership): a leader that starts again leads its epoch on (KAFKA-10527).
	ResumeLeadership bool
	// CommitPreviousEpoch (K3, raft.commit_prev_epoch): the high watermark may stand where the leader's epoch begins
	// (KAFKA-12619).
	CommitPreviousEpoch bool
	// NoCheckQuorum (K4, raft.no_check_quorum): a leader stays one though no majority fetches from it (KAFKA-15489).
	NoCheckQuorum bool
	// NoPreVote (K5, raft.no_prevote): a follower that does not reach its leader opens an epoch at once (KIP-996).
	NoPreVote bool
	// PreVoteWithLeader (K5, raft.prevote_grant_before_fetch): a follower whose leader answers grants pre-votes
	// (KAFKA-16164, KAFKA-17641).
	PreVoteWithLeader bool
	// QuorumTruncateBelowHighWatermark (K6, raft.allow_truncate_below_hw): a replica cuts off what is committed
	// (KAFKA-12460). It hides what other bugs have broken, and needs one of them besides.
	QuorumTruncateBelowHighWatermark bool
	// QuorumRetentionDeletes (K7, raft.retention_deletes): the metadata log is deleted by its size, whatever the snapshots
	// hold (KAFKA-14238).
	QuorumRetentionDeletes bool
	// NoDirectoryID (K8, raft.no_dir_id): a voter is its node id, whatever disk it has (KIP-853).
	NoDirectoryID bool
	// ExposeUncommitted (K9, ctrl.expose_uncommitted): the controller acts on metadata that is appended and not committed
	// (KAFKA-14457).
	ExposeUncommitted bool
}
